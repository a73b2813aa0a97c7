"""What is left of the limits: by official readings, else by an estimate that says so, and after a limit was reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from msgspec.structs import replace

from exporter.domain.accounts import UNKNOWN_ACCOUNT
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, to_iso
from exporter.domain.limits.calibration import weighted_tokens
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.limits.reading import Reading
from exporter.metrics.limits import limit_families
from exporter.snapshot.limit_parts import LimitPart, TokenLimit
from exporter.snapshot.limits import limit_history
from exporter.snapshot.parts import AccountPart, Current
from exporter.snapshot.take import take_current
from exporter.store.blocks.usage_spans import uses_between
from exporter.store.reader import Reader
from exporter.store.usage.labels import Labels
from exporter.store.usage.spending import Spending
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import assistant, usage, write

RESET = NOON + 2 * HOUR
COST = 550_000
"""Nano-dollars of each response: 10 input and 20 output tokens of Opus 4.5."""


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    (tmp_path / "projects").mkdir()
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON) as opened:
        yield opened


def respond(tracker: Tracker, *times: int, name: str = "s1") -> None:
    lines = [
        assistant(
            f"m{name}{at}", request=f"r{at}", uuid=f"u{name}{at}", session=name, at=to_iso(at), used=usage(10, 20)
        )
        for at in times
    ]
    write(tracker.roots[0] / "p" / f"{name}.jsonl", lines)
    tracker.scan()


def current(tracker: Tracker, now: int = NOON, plan: PlanSettings | None = None) -> Current:
    found = take_current(Reader(tracker.database), now, UTC, plan=plan or PlanSettings())
    assert found is not None
    return found


def test_an_official_reading_with_its_window_size(tracker: Tracker) -> None:
    """Ten responses, two of them in the last half hour, are a fifth of the limit: so it holds fifty."""
    respond(tracker, *(NOON - 170 * MINUTE + step * 20 * MINUTE for step in range(9)), NOON - MINUTE)
    tracker.store.take_readings([Reading("five_hour", "statusline", NOON, 0.2, RESET)], NOON)
    found = current(tracker)
    (limit,) = found.limits
    assert ("five_hour", 0.2, "official", "statusline", NOON, RESET) == (
        limit.window, limit.utilization, limit.basis, limit.source, limit.observed_at, limit.resets_at,
    )  # fmt: skip
    assert limit.size is not None
    assert (50 * COST, 1) == (limit.size.size, limit.size.observations)
    assert "lasts" == limit.forecast.state, "forty left at two in thirty minutes: ten hours"
    assert found.block is not None
    tokens = weighted_tokens(50 * COST), weighted_tokens(10 * COST)
    assert found.block.limit == TokenLimit(tokens[0], "official_calibrated", tokens[1], limit.size)


def test_usage_since_the_reading_is_added(tracker: Tracker) -> None:
    """Five of ten were left, and four of them were used within the last quarter of an hour."""
    respond(tracker, *(NOON - HOUR + step * MINUTE for step in range(5)))
    tracker.store.take_readings([Reading("five_hour", "statusline", NOON - 50 * MINUTE, 0.5, RESET)], NOON)
    respond(tracker, *(NOON - (12 - 3 * step) * MINUTE for step in range(4)), name="s2")
    found = current(tracker)
    (limit,) = found.limits
    assert ("runs_out", NOON + 10 * MINUTE, None) == (
        limit.forecast.state, limit.forecast.runs_out_at, limit.forecast.work_left,
    )  # fmt: skip
    assert "Runs out at about 12:10, 1 h 50 min before the reset at 14:00" == found.accounts[0].verdict.sentence


def test_without_a_valid_reading_the_estimate_is_marked(tracker: Tracker) -> None:
    respond(tracker, NOON - DAY)
    tracker.store.take_readings([Reading("five_hour", "statusline", NOON - DAY, 0.25, NOON - DAY + HOUR)], NOON)
    assert () == current(tracker).limits, "nothing is known while no block runs"
    respond(tracker, NOON - 50 * MINUTE, NOON - 10 * MINUTE, name="s2")
    (limit,) = current(tracker).limits
    assert ("five_hour", 0.5, "estimated", "calibration") == (
        limit.window, limit.utilization, limit.basis, limit.source,
    )  # fmt: skip
    assert NOON - HOUR + 5 * HOUR == limit.resets_at
    assert "about 50 % used" in current(tracker).accounts[0].verdict.sentence


def test_a_configured_limit_overrides_the_estimate(tracker: Tracker) -> None:
    respond(tracker, NOON - 20 * MINUTE, NOON - 10 * MINUTE)
    tracker.store.take_readings([Reading("five_hour", "statusline", NOON, 0.5, RESET)], NOON)
    block = current(tracker, plan=PlanSettings(block_token_limit=300)).block
    assert block is not None
    assert block.limit == TokenLimit(300, "custom", 60)


def test_the_weekly_cost_is_projected_at_the_pace_of_three_days(tracker: Tracker) -> None:
    respond(tracker, NOON - 2 * DAY, NOON - DAY, NOON - HOUR)
    tracker.store.take_readings([Reading("seven_day", "statusline", NOON, 0.5, NOON + 3 * DAY)], NOON)
    found = current(tracker)
    limit = next(limit for limit in found.limits if limit.window == "seven_day")
    assert "too_early" == limit.forecast.state, "with less than seven days of history"
    (opus,) = found.week.families
    assert ("official", "opus", 90, 3 * COST, 6 * COST) == (
        found.week.span.basis, opus.family, opus.tokens, opus.cost, opus.projected_cost,
    )  # fmt: skip
    assert (3 * COST, 3 * COST + round(3 * COST / 7 * 8.5)) == (found.month.cost, found.month.projected_cost)


def test_a_lockout_is_shown_while_it_lasts_and_counted_when_it_is_over(tracker: Tracker) -> None:
    tracker.store.take_hits([Hit("five_hour", NOON, RESET)], NOON)

    def locked(now: int) -> list[int]:
        return [total.peak for total in current(tracker, now).totals if total.family == "locked_out"]

    assert [[0], [0], [0]] == [locked(NOON + hours * HOUR) for hours in (0, 1, 2)]
    (shown,) = current(tracker, RESET - 1).lockouts
    assert (Hit("five_hour", NOON, RESET), 2 * HOUR) == (shown.hit, shown.locked_ms)
    assert () == current(tracker, RESET).lockouts
    tracker.store.finish_blocks(RESET + HOUR)
    assert [2 * HOUR] == locked(RESET + HOUR)


def test_a_past_hit_shows_the_usage_of_its_block_and_week(tracker: Tracker) -> None:
    respond(tracker, NOON - 3 * DAY, NOON - HOUR, NOON - MINUTE, NOON + MINUTE)
    hits = [Hit("five_hour", NOON, None), Hit("seven_day", NOON - 5, NOON + 5 * DAY)]
    tracker.store.take_hits(hits, NOON)
    found = limit_history.past_limits(Reader(tracker.database), NOON).hits
    assert [
        ("five_hour", 60, 2 * COST, 90, 3 * COST),
        ("seven_day", 60, 2 * COST, 60, 2 * COST),
    ] == [(p.part.hit.window, p.block_tokens, p.block_cost, p.week_tokens, p.week_cost) for p in found]


def test_cached_block_sums_equal_recomputed_sums(tracker: Tracker) -> None:
    respond(tracker, *(NOON - 9 * DAY + step * 97 * MINUTE for step in range(130)))
    labels, spent = (
        Labels(tracker.connection),
        Spending(tracker.connection, UNKNOWN_ACCOUNT, 0, NOON + DAY).uses(),
    )
    for start in range(NOON - 9 * DAY, NOON, 11 * HOUR):
        for end in (start + MINUTE, start + 3 * HOUR, start + 40 * HOUR, None):
            until = 1 << 62 if end is None else end
            summed = sum(use.cost for use in uses_between(tracker.connection, labels, start, end))
            assert spent.between(start, until) == summed


def test_an_estimate_is_not_an_official_sample() -> None:
    estimated = LimitPart("five_hour", "five_hour", 0.5, "estimated", "calibration", NOON, RESET)
    beyond_the_cap = LimitPart("seven_day_x", "other", 0.5, "official", "statusline", NOON, RESET)
    account = AccountPart(2, "0123456789", "work", None, None, None, (estimated, beyond_the_cap))
    other = replace(account, label="other", limits=(replace(estimated, basis="official"),))
    assert [[], [], [], [], []] == [family.samples for family in limit_families([account, other])]


def test_cached_sums_are_recomputed_when_the_past_changes(tracker: Tracker) -> None:
    """The last seven days start within a block: what is found late in it counts."""
    respond(tracker, NOON - 7 * DAY - HOUR, NOON - 7 * DAY + HOUR, NOON - HOUR)
    reader = Reader(tracker.database)

    def tokens() -> int:
        found = take_current(reader, NOON, UTC)
        assert found is not None
        return sum(use.tokens for use in found.week.families)

    assert [60, 60] == [tokens(), tokens()]
    respond(tracker, NOON - 7 * DAY + 2 * HOUR, name="late")
    assert 90 == tokens()
    respond(tracker, NOON - MINUTE, name="now")
    assert 120 == tokens()
    tracker.derive_all_again()
    assert 120 == tokens()
