"""Readings of several sources: what the service said last is shown, all are in the history."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor
from pathlib import Path
from random import Random

import pytest

from exporter.domain.accounts import Origin
from exporter.domain.blocks.block import Block
from exporter.domain.calendar.timestamp import HOUR, MINUTE
from exporter.domain.limits.reading import Reading, ReportedReading
from exporter.snapshot.limits import limit_history
from exporter.snapshot.take import take_current
from exporter.store.blocks import blocks
from exporter.store.limits import raises
from exporter.store.reader import Reader
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import assistant, write

ALL = 0


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    write(tmp_path / "projects" / "-shop" / "s1.jsonl", [assistant(at="2026-11-22T11:40:00.000Z")])
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON) as opened:
        yield opened


def reading(percent: float, at: int, source: str = "statusline", reset: int | None = None, account: int = 1) -> Reading:
    return Reading("five_hour", source, at, percent / 100, reset, account)


def shown(tracker: Tracker, now: int) -> list[tuple[float, str, int | None]]:
    reader = Reader(tracker.database)
    current = take_current(reader, now)
    assert current is not None
    return [(one.utilization, one.source, one.resets_at) for one in current.limits if one.basis == "official"]


def kept(tracker: Tracker) -> list[tuple[float, str, int, int, bool]]:
    history = limit_history.past_limits(Reader(tracker.database), ALL).readings
    return [
        (one.reading.utilization, one.reading.source, one.reading.observed_at, one.last_at, one.used) for one in history
    ]


def test_the_fresher_of_two_sources_is_shown_with_its_source(tracker: Tracker) -> None:
    reset = NOON + 2 * HOUR
    tracker.store.take_readings([reading(42, NOON, reset=reset)], NOON)
    tracker.store.take_readings([reading(45, NOON + MINUTE, "desktop")], NOON)
    assert [(0.45, "desktop", reset)] == shown(tracker, NOON + 2 * MINUTE)
    assert [(0.42, "statusline", reset)] == shown(tracker, NOON + HOUR), "the one without a reset has expired by then"
    assert [] == shown(tracker, reset)
    assert [(0.42, "statusline", NOON, NOON, True), (0.45, "desktop", NOON + MINUTE, NOON + MINUTE, True)] == kept(
        tracker
    )


def test_a_repeated_reading_extends_its_time(tracker: Tracker) -> None:
    reset = NOON + 2 * HOUR
    for minute in (0, 1, 2):
        tracker.store.take_readings([reading(42, NOON + minute * MINUTE, reset=reset)], NOON)
    tracker.store.take_readings([reading(43, NOON + 3 * MINUTE, reset=reset)], NOON)
    before = tracker.sequence
    assert not tracker.store.take_readings([reading(42, NOON + MINUTE, reset=reset)], NOON)
    assert before == tracker.sequence
    assert [
        (0.42, "statusline", NOON, NOON + 2 * MINUTE, True),
        (0.43, "statusline", NOON + 3 * MINUTE, NOON + 3 * MINUTE, True),
    ] == kept(tracker)


def test_a_reading_rebuilds_the_block_and_its_sessions(tracker: Tracker) -> None:
    assert [Block(NOON - HOUR, NOON + 4 * HOUR, "estimated")] == blocks.load(tracker.connection)
    tracker.store.take_readings([reading(42, NOON, reset=NOON + 3 * HOUR + 7_000)], NOON)
    assert [Block(NOON - 2 * HOUR, NOON + 3 * HOUR, "official")] == blocks.load(tracker.connection)
    rows = tracker.connection.execute("SELECT id, total_sessions, total_tokens FROM five_hour_blocks").fetchall()
    assert [("2026-11-22T10:00:00.000Z", 1, 30)] == rows
    assert "2026-11-22T10:00:00.000Z" == tracker.sessions()["s1"].five_hour_block_id
    tracker.restart()
    tracker.derive_all_again()
    assert [Block(NOON - 2 * HOUR, NOON + 3 * HOUR, "official")] == blocks.load(tracker.connection)


def test_an_expired_reading_of_an_idle_session_hides_nothing(tracker: Tracker) -> None:
    reset = NOON + 2 * HOUR
    tracker.store.take_readings([reading(40, NOON - 5 * MINUTE, reset=reset)], NOON)
    tracker.store.take_readings([reading(90, NOON - MINUTE, reset=NOON - HOUR)], NOON)
    assert [(0.4, "statusline", reset)] == shown(tracker, NOON)
    assert [True, False] == [used for *_, used in kept(tracker)]


def test_a_reading_repeated_after_its_reset_removes_no_block(tracker: Tracker) -> None:
    reset = NOON + 3 * MINUTE
    tracker.store.take_readings([reading(40, NOON - 10 * MINUTE, reset=reset)], NOON)
    before = blocks.load(tracker.connection)
    assert ["official"] == [block.basis for block in before]
    tracker.store.take_readings([reading(40, NOON + 10 * MINUTE, reset=reset)], NOON + 10 * MINUTE)
    assert before == blocks.load(tracker.connection)


def test_what_the_service_said_last_is_shown_whatever_its_share_or_reset(tracker: Tracker) -> None:
    reset = NOON + 2 * HOUR
    tracker.store.take_readings([reading(60, NOON - 5 * MINUTE, reset=reset)], NOON)
    tracker.store.take_readings([reading(20, NOON - MINUTE, reset=reset + 9)], NOON)
    assert [(0.2, "statusline", reset + 9)] == shown(tracker, NOON)
    tracker.store.take_readings([reading(22, NOON, reset=reset - HOUR)], NOON)
    assert [(0.22, "statusline", reset - HOUR)] == shown(tracker, NOON)
    tracker.store.take_readings([reading(60, NOON - 2 * MINUTE, reset=reset)], NOON)
    assert [(0.22, "statusline", reset - HOUR)] == shown(tracker, NOON), "said earlier, reported later"
    assert [] == shown(tracker, reset - HOUR), "the window that was said last is over"


def test_sources_that_round_differently_raise_nothing(tracker: Tracker) -> None:
    """Ten thousand readings of a share that grows: one source floors, the other rounds up, in any order."""
    chance, share, reset = Random(21), 0.0, NOON + 5 * HOUR
    many = []
    for number in range(10_000):
        share = min(99.9, share + chance.expovariate(100))
        source, percent = chance.choice((("statusline", float(floor(share))), ("account", float(ceil(share)))))
        many.append(reading(percent, NOON + number, source, reset))
    tracker.store.take_readings(many, NOON + 10_000)
    assert [] == raises.between(tracker.connection, 0, 1 << 60)
    assert {} == tracker.exact("limit_raised")


@pytest.mark.parametrize(
    ("percents", "found"),
    [
        pytest.param((60, 2, 3, 4), [(0.6, 0.02)], id="an early reset"),
        pytest.param((60, 58), [(0.6, 0.58)], id="two points"),
        pytest.param((60, 59), [], id="a point once"),
        pytest.param((60, 59, 59), [(0.6, 0.59)], id="a point twice"),
        pytest.param((60, 59, 60, 59), [], id="a point, and back"),
        pytest.param((60, 59, 58), [(0.6, 0.58)], id="a point, and another one"),
        pytest.param((60, 20, 61, 30), [(0.6, 0.2), (0.61, 0.3)], id="raised twice"),
    ],
)
def test_a_fall_within_a_window_is_a_raise(
    tracker: Tracker, percents: tuple[int, ...], found: list[tuple[float, float]]
) -> None:
    for number, percent in enumerate(percents):
        at = NOON + number * MINUTE
        tracker.store.take_readings([reading(percent, at, reset=NOON + 2 * HOUR)], at)
    assert found == [(one.before, one.after) for one in raises.between(tracker.connection, 0, 1 << 60)]
    assert len(found) == sum(tracker.exact("limit_raised").values())
    before = tracker.lasting()
    tracker.derive_all_again()
    assert before == tracker.lasting()


def test_a_raise_is_noticed_by_the_other_sessions_once(tracker: Tracker) -> None:
    for minute, session, percent in ((0, "a", 60), (1, "b", 60), (2, "a", 2), (3, "b", 3), (4, "b", 4), (5, "a", 5)):
        now = NOON + minute * MINUTE
        said = reading(percent, now, reset=NOON + 2 * HOUR)
        tracker.store.take_reports([ReportedReading(said, Origin(session=session), f"{session}{minute}")], now)
    assert [(0.6, 0.02)] == [(one.before, one.after) for one in raises.between(tracker.connection, 0, 1 << 60)]


def test_the_old_share_in_a_new_window_waits_for_a_second_answer(tracker: Tracker) -> None:
    """Just after a reset the service may still give the old share, with the new reset."""
    old, new = NOON, NOON + 5 * HOUR
    tracker.store.take_readings([reading(90, NOON - MINUTE, reset=old)], NOON - MINUTE)
    tracker.store.take_readings([reading(90, NOON + MINUTE, reset=new)], NOON + MINUTE)
    assert [] == shown(tracker, NOON + MINUTE), "the old window is over, and this may be its share"
    tracker.store.take_readings([reading(1, NOON + 2 * MINUTE, reset=new)], NOON + 2 * MINUTE)
    assert [(0.01, "statusline", new)] == shown(tracker, NOON + 2 * MINUTE)
    assert [] == raises.between(tracker.connection, 0, 1 << 60)


def test_a_second_answer_makes_it_true(tracker: Tracker) -> None:
    new = NOON + 5 * HOUR
    for minute, reset in ((-1, NOON), (1, new), (2, new)):
        at = NOON + minute * MINUTE
        tracker.store.take_readings([reading(90, at, reset=reset)], at)
    assert [(0.9, "statusline", new)] == shown(tracker, NOON + 2 * MINUTE)


def test_a_window_that_has_not_started_is_not_shown(tracker: Tracker) -> None:
    tracker.store.take_readings([reading(0, NOON, "account")], NOON)
    assert [] == shown(tracker, NOON)
    tracker.store.take_readings([reading(0, NOON, "desktop")], NOON)
    assert [(0.0, "desktop", None)] == shown(tracker, NOON), "a source without resets cannot tell"


def test_after_a_raise_the_size_is_estimated_again(tracker: Tracker) -> None:
    """What was spent before it is not what the new share is a part of."""
    write(tracker.roots[0] / "-shop" / "s1.jsonl", [assistant(at="2026-11-22T11:40:00.000Z")])
    tracker.scan()
    reset = NOON + 2 * HOUR
    for minute, percent, is_known in ((0, 50, True), (11, 0, False), (30, 30, False)):
        at = NOON + minute * MINUTE
        tracker.store.take_readings([reading(percent, at, reset=reset)], at)
        current = take_current(Reader(tracker.database), at)
        assert current is not None
        assert is_known is (current.limits[0].size is not None), f"minute {minute}"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(
            [(0, 88, "statusline", 60), (120, 0, "account", None)], id="the reset has passed, no window has started"
        ),
        pytest.param([(0, 88, "desktop", None), (600, 0, "desktop", None)], id="a source that knows no resets"),
        pytest.param([(0, 88, "statusline", 60), (120, 2, "desktop", None)], id="the reset has passed, another source"),
        pytest.param([(0, 88, "statusline", 60), (61, 2, "statusline", 360)], id="a new window"),
        pytest.param([(0, 88, "statusline", 60), (30, 0, "account", None)], id="no window runs, says the service"),
    ],
)
def test_a_window_that_ends_is_no_raise(tracker: Tracker, said: list[tuple[int, int, str, int | None]]) -> None:
    for minute, percent, source, reset in said:
        at = NOON + minute * MINUTE
        ends = NOON + reset * MINUTE if reset is not None else None
        tracker.store.take_readings([reading(percent, at, source, ends)], at)
    assert [] == raises.between(tracker.connection, 0, 1 << 60)


def test_a_source_without_resets_notices_a_raise_in_a_known_window(tracker: Tracker) -> None:
    tracker.store.take_readings([reading(60, NOON, reset=NOON + 2 * HOUR)], NOON)
    for minute, percent in ((5, 61), (10, 3)):
        at = NOON + minute * MINUTE
        tracker.store.take_readings([reading(percent, at, "desktop")], at)
    assert [(0.61, 0.03, NOON + 2 * HOUR)] == [
        (one.before, one.after, one.resets_at) for one in raises.between(tracker.connection, 0, 1 << 60)
    ]


def test_a_full_window_that_does_not_bind_is_no_hit(tracker: Tracker) -> None:
    tracker.store.take_readings([Reading("five_hour", "account", NOON, 1.0, NOON + HOUR, binds=False)], NOON)
    assert [(1.0, "account", NOON + HOUR)] == shown(tracker, NOON)
    assert {} == tracker.exact("limit_hits")
