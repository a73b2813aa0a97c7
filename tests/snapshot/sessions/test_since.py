"""When each running session entered its state: what `status` and `watch` say after its state."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.health import Health
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process, Record
from exporter.snapshot.take import take
from exporter.store.reader import Reader
from support.snapshots import NOON
from support.tracker import Tracker

SESSION = "aaaaaaaa-0000-4000-8000-000000000000"


def test_it_is_the_change_of_the_state_and_not_the_start(tmp_path: Path) -> None:
    (tmp_path / "projects").mkdir()
    process = Process(7, NOON, Kind.CODE, "100", "/shop", False)
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON) as tracker:
        for minutes, state in ((0, "busy"), (20, "idle"), (21, "idle")):
            tracker.now = NOON + minutes * MINUTE
            tracker.see(process, records=[Record(7, SESSION, "100", "/shop", "cli", "2.1.197", state, None)])
        reader = Reader(tracker.database)
        found = take(reader, NOON + 30 * MINUTE, UTC, Health(detects=True))
        assert found is not None
        assert {SESSION: NOON + 20 * MINUTE} == found.since
        unknown = take(reader, NOON + 30 * MINUTE, UTC, Health(detects=False))
        assert unknown is not None
        assert {} == unknown.since
