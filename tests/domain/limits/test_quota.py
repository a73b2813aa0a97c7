"""A limit record beats the text next to it; the text fills what the record lacks."""

from __future__ import annotations

from datetime import UTC

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.quota import QuotaLimits, hits_of_error

T = 1_795_176_000_000
"""2026-11-20T12:00Z."""


def record(limit_type: str | None, ahead: int | None, status: str = "rejected", overage: bool = False) -> QuotaLimits:
    return QuotaLimits(status, (T + ahead) / 1000 if ahead is not None else None, limit_type, "rejected", overage)


CASES = [
    pytest.param("Come back later", record("five_hour", 2 * HOUR), [("five_hour", 2 * HOUR)], id="words nobody knows"),
    pytest.param("You've hit your session limit · resets 1pm (UTC)", record("five_hour", 3 * HOUR),
                 [("five_hour", 3 * HOUR)], id="another reset in the text"),
    pytest.param("You've hit your monthly spend limit", record("seven_day", 2 * DAY), [("seven_day", 2 * DAY)],
                 id="another window in the text"),
    pytest.param("x", record("seven_day_opus", DAY), [("seven_day_opus", DAY)], id="Opus"),
    pytest.param("x", record("seven_day_sonnet", DAY), [("seven_day_sonnet", DAY)], id="Sonnet"),
    pytest.param("x", record("seven_day_saga", DAY), [("seven_day_saga", DAY)], id="a family we do not know"),
    pytest.param("You've hit your Saga 2 limit", record("seven_day_overage_included", DAY), [("seven_day_saga", DAY)],
                 id="by credits: the family that the text names"),
    pytest.param("x", record("seven_day_overage_included", DAY), [("seven_day_fable", DAY)], id="by credits, unnamed"),
    pytest.param("You've hit your usage limit", record("overage", 20 * DAY), [("spend", 20 * DAY)], id="spending"),
    pytest.param("You've hit your usage limit · your session limit resets 1pm (UTC)", record("overage", None),
                 [("spend", None), ("five_hour", HOUR)], id="spending, and the window that the text names"),
    pytest.param("You've hit your session limit · resets 1pm (UTC)", record("five_hour", None), [("five_hour", HOUR)],
                 id="the text has the reset"),
    pytest.param("You've hit your session limit · resets 1pm (UTC)", record("tokens", 3 * HOUR), [("five_hour", HOUR)],
                 id="a type that is no window"),
    pytest.param("You've hit your session limit · resets 1pm (UTC)", record("seven_day_" + "x" * 40, HOUR),
                 [("five_hour", HOUR)], id="a name that is too long"),
    pytest.param("You've hit your session limit · resets 1pm (UTC)", record("seven_day", 3 * DAY, "allowed_warning"),
                 [("five_hour", HOUR)], id="not rejected"),
    pytest.param("You've hit your session limit · resets 1pm (UTC)", None, [("five_hour", HOUR)], id="no record"),
    pytest.param("API Error: Request rejected (429)", None, [], id="a key's 429"),
    pytest.param("API Error: Request rejected (429)", record(None, HOUR), [], id="no type"),
    pytest.param("x", record("five_hour", 5 * HOUR + 10 * MINUTE), [("five_hour", 5 * HOUR + 10 * MINUTE)],
                 id="as far away as may be"),
    pytest.param("x", record("five_hour", 5 * HOUR + 11 * MINUTE), [("five_hour", None)], id="too far away"),
    pytest.param("x", record("seven_day", 8 * DAY), [("seven_day", None)], id="more than a week away"),
    pytest.param("x", record("seven_day", -HOUR), [("seven_day", None)], id="a reset that has passed"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "quota", "expected"), CASES)
def test_the_hits_of_an_error(text: str, quota: QuotaLimits | None, expected: list[tuple[str, int | None]]) -> None:
    hits = hits_of_error(text, quota, T, UTC)
    ahead = [(hit.window, hit.resets_at - T if hit.resets_at is not None else None) for hit in hits]
    assert expected == ahead
    assert {T} >= {hit.at for hit in hits}


def test_a_record_names_its_window_and_says_that_credits_are_used() -> None:
    (hit,) = hits_of_error("You've hit your limit", record("five_hour", HOUR, overage=True), T, UTC)
    assert Hit("five_hour", T, T + HOUR, named=True, is_overage=True) == hit
