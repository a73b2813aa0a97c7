"""The week in sessions from stored readings: in the snapshot, as a list and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.domain.calendar.day import ALWAYS, Span
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.reading import Reading
from exporter.domain.limits.window_cost import WindowCost
from exporter.snapshot.limits import weeks
from exporter.snapshot.parts import AccountPart
from exporter.snapshot.take import take_current
from exporter.store.reader import Reader
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import assistant, write

MONDAY = NOON - 6 * DAY - 3 * HOUR
"""2026-11-16 09:00: the week resets then."""
DAYS = ((0, 12), (12, 25), (30, 42))
"""The week's percents at the start and the end of the full windows, one a day."""


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    write(tmp_path / "projects" / "-shop" / "s1.jsonl", [assistant(at="2026-11-22T11:40:00.000Z")])
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON) as opened:
        yield opened


def use_window(tracker: Tracker, start: int, before: int, after: int, account: int = 1) -> None:
    """A 5-hour window of which 96 % is used, in reports of both windows."""
    for minutes, share, week in ((3, 0.0, before), (150, 0.5, before), (280, 0.96, after)):
        at = start + minutes * MINUTE
        both = [
            Reading("five_hour", "statusline", at, share, start + 5 * HOUR, account),
            Reading("seven_day", "statusline", at, week / 100, MONDAY + 7 * DAY, account),
        ]
        tracker.store.take_readings(both, at)


def use_month(tracker: Tracker) -> None:
    for day, (before, after) in enumerate(DAYS):
        use_window(tracker, MONDAY + day * DAY, before, after)


def account_at(tracker: Tracker, now: int) -> AccountPart:
    current = take_current(Reader(tracker.database), now)
    assert current is not None
    return current.accounts[0]


def test_the_snapshot_says_how_many_windows_are_left(tracker: Tracker) -> None:
    use_month(tracker)
    assert None is account_at(tracker, NOON).window_cost, "the third window still ran when it was reported last"
    now = MONDAY + 3 * DAY
    tracker.store.take_readings([Reading("seven_day", "statusline", now, 0.44, MONDAY + 7 * DAY)], now)
    found = account_at(tracker, now + MINUTE)
    assert found.window_cost is not None
    # 12, 13 and 12 % for 96 % each; a point less or more at the ends
    assert WindowCost(0.125, round(0.11 / 0.97, 4), round(0.14 / 0.95, 4), 3) == WindowCost(
        found.window_cost.median, round(found.window_cost.low, 4), round(found.window_cost.high, 4), 3
    )
    assert 4.48 == pytest.approx(found.windows_left)  # 56 % ÷ 12.5 %
    tracker.store.take_readings([Reading("seven_day", "statusline", now + HOUR, 1.0, MONDAY + 7 * DAY)], now + HOUR)
    assert 0.0 == account_at(tracker, now + HOUR).windows_left


def test_it_is_computed_at_most_every_ten_minutes(tracker: Tracker) -> None:
    use_month(tracker)
    end = MONDAY + 2 * DAY + 5 * HOUR
    for minutes in (-6, 1, 5):
        at = end + minutes * MINUTE
        tracker.store.take_readings([Reading("seven_day", "statusline", at, 0.43 + minutes / 1000, end + 4 * DAY)], at)
        if minutes == 1:
            assert None is account_at(tracker, at).window_cost, "computed seven minutes before"
    assert None is not account_at(tracker, end + 5 * MINUTE).window_cost


def test_past_weeks_by_account(tracker: Tracker) -> None:
    use_month(tracker)
    found = weeks.past_weeks(Reader(tracker.database), ALWAYS, NOON)
    assert {
        "items": [
            {
                "account": "unknown",
                "start": "2026-11-16T09:00:00.000Z",
                "end": "2026-11-23T09:00:00.000Z",
                "is_current": True,
                "used_ratio": 0.42,
                "unused_ratio": 0.5800000000000001,
                "observed_at": "2026-11-18T13:40:00.000Z",
                "window_cost_ratio": 0.125,
                "full_windows": 3,
                "measured_windows": 3,
                "five_hour_limits_reached": 0,
                "week_limits_reached": 0,
            }
        ],
        "timezone": "local",
    } == weeks.weeks_json(found, None)
    assert () == weeks.past_weeks(Reader(tracker.database), Span(MONDAY + 1, NOON), NOON)
    assert [False] == [one.is_current for one in weeks.past_weeks(Reader(tracker.database), ALWAYS, NOON + 2 * DAY)]
