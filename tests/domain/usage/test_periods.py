"""Weeks and months, and what they will have cost: literal numbers, also where clocks are set."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, parse, to_iso, to_ms
from exporter.domain.limits.plan_settings import WeekStart, parse_week_start
from exporter.domain.periods import FamilyUse, Week, family_of, month_at, project_cost, sum_by_family, week_at
from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import ModelUse

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY_9 = WeekStart(0, 9, 0)


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=zone))


WEEKS = [
    pytest.param(
        "2026-11-24T12:00", None, None, "2026-11-17T11:00", "2026-11-24T11:00", "trailing", id="the last seven"
    ),
    pytest.param(
        "2026-11-24T12:00", None, MONDAY_9, "2026-11-23T08:00", "2026-11-30T08:00", "configured", id="from Monday on"
    ),
    pytest.param(
        "2026-11-23T08:59", None, MONDAY_9, "2026-11-16T08:00", "2026-11-23T08:00", "configured", id="just before it"
    ),
    pytest.param(
        "2026-11-23T09:00", None, MONDAY_9, "2026-11-23T08:00", "2026-11-30T08:00", "configured", id="its first second"
    ),
    pytest.param(
        "2026-03-28T12:00",
        None,
        MONDAY_9,
        "2026-03-23T08:00",
        "2026-03-30T07:00",
        "configured",
        id="167 hours in spring",
    ),
    pytest.param(
        "2026-10-25T12:00", None, MONDAY_9, "2026-10-19T07:00", "2026-10-26T08:00", "configured", id="169 in autumn"
    ),
    pytest.param(
        "2026-11-24T12:00",
        "2026-11-27T10:00:12",
        MONDAY_9,
        "2026-11-20T09:00",
        "2026-11-27T09:00",
        "official",
        id="the official one beats the configured",
    ),
    pytest.param(
        "2026-11-24T12:00",
        "2026-11-24T12:00",
        None,
        "2026-11-17T11:00",
        "2026-11-24T11:00",
        "trailing",
        id="reset by now",
    ),
]


@pytest.mark.parametrize(("now", "reset", "configured", "start", "end", "basis"), WEEKS)
def test_the_week(now: str, reset: str | None, configured: WeekStart | None, start: str, end: str, basis: str) -> None:
    found = week_at(at(now), at(reset) if reset else None, configured, BERLIN)
    assert (f"{start}:00.000Z", f"{end}:00.000Z", basis) == (to_iso(found.start), to_iso(found.end), found.basis)


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-11-24T12:00", "2026-10-31T23:00", "2026-11-30T23:00"),
        ("2026-12-31T23:59", "2026-11-30T23:00", "2026-12-31T23:00"),
        ("2026-03-01T00:00", "2026-02-28T23:00", "2026-03-31T22:00"),
        ("2026-10-31T12:00", "2026-09-30T22:00", "2026-10-31T23:00"),
    ],
)
def test_the_month(now: str, start: str, end: str) -> None:
    assert (parse(f"{start}:00Z"), parse(f"{end}:00Z")) == month_at(at(now), BERLIN)


@pytest.mark.parametrize(
    ("cost", "recent", "remaining", "expected"),
    [
        pytest.param(0, 0, 7 * DAY, 0, id="nothing yet"),
        pytest.param(3_000, 3_000, 4 * DAY, 7_000, id="in the middle, 1000 a day"),
        pytest.param(5_000, 0, 4 * DAY, 5_000, id="after idling"),
        pytest.param(5_000, 3_000, 0, 5_000, id="at the end"),
        pytest.param(5_000, 3_000, -HOUR, 5_000, id="after the end"),
        pytest.param(0, 1, 36 * HOUR, 1, id="half a nano-dollar is rounded up"),
    ],
)
def test_projected(cost: int, recent: int, remaining: int, expected: int) -> None:
    assert expected == project_cost(cost, recent, 3 * DAY, remaining)


def use(model: str, tokens: int, cost: int) -> ModelUse:
    return ModelUse(model, 1, Tokens(input=tokens), cost, 0)


def test_a_week_by_family() -> None:
    week = Week(0, 7 * DAY, "official")
    uses = [use("claude-opus-4-5", 10, 600), use("claude-opus-4-1", 5, 150), use("claude-sonnet-4-5", 20, 250)]
    recent = [use("claude-opus-4-5", 1, 300)]
    assert (
        FamilyUse("opus", 15, 750, 0.75, 1_150),
        FamilyUse("sonnet", 20, 250, 0.25, 250),
    ) == sum_by_family(week, uses, recent, 3 * DAY, 3 * DAY)
    trailing = sum_by_family(Week(0, 7 * DAY, "trailing"), uses, recent, 3 * DAY, 7 * DAY)
    assert [None, None] == [one.projected_cost for one in trailing]


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("claude-opus-4-5", "opus"),
        ("claude-3-5-sonnet", "sonnet"),
        ("claude-fable-5", "fable"),
        ("claude-2", "other"),
        ("gpt-9", "other"),
        ("other", "other"),
    ],
)
def test_the_family_of_a_model(model: str, family: str) -> None:
    assert family == family_of(model)


def test_week_start_names() -> None:
    assert MONDAY_9 == parse_week_start("Monday 9:00")
    assert WeekStart(6, 0, 0) == parse_week_start("sunday")
    for text in ("someday 9:00", "monday 25:00", "monday x"):
        with pytest.raises(ValueError, match=r"not in|not a time|invalid literal"):
            parse_week_start(text)
