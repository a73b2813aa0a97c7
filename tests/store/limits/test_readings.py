"""Readings of several sources: what the service said last is shown, all are in the history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.domain.blocks.block import Block
from exporter.domain.calendar.timestamp import HOUR, MINUTE
from exporter.domain.limits.reading import Reading
from exporter.snapshot.limits import limit_history
from exporter.snapshot.take import take_current
from exporter.store.blocks import blocks
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
