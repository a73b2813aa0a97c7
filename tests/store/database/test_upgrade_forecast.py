"""A database of the version before the forecast: what that needs is there at once, as in a new one; nothing moves."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, to_iso
from exporter.domain.limits.reading import Reading, SourcedReading
from exporter.snapshot.take import take_current
from exporter.store.limits import calibration_due, calibrations, readings, window_ends
from exporter.store.reader import Reader
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import assistant, usage, write

SCRIPT = Path(__file__).parent / "version4.sql"
START = NOON - 2 * HOUR
COST = 550_000


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.executescript(SCRIPT.read_text())
    (tmp_path / "projects").mkdir()
    return tmp_path / "old.db"


def learnt(tracker: Tracker) -> dict[str, object]:
    return {
        "ends": window_ends.load(tracker.connection, 1, "five_hour", NOON),
        "sizes": calibrations.calibrations(tracker.connection),
        "rhythms": calibrations.rhythms(tracker.connection, 1),
        "changes": calibrations.changes(tracker.connection),
    }


def test_what_is_learnt_is_there_without_another_reading(tmp_path: Path, database: Path) -> None:
    with Tracker(database, tmp_path / "projects", now=NOON) as tracker:
        before = tracker.peaks()
        assert {} == learnt(tracker)["sizes"]
        tracker.store.calibrate(NOON)
        found = learnt(tracker)
        ends = window_ends.load(tracker.connection, 1, "five_hour", NOON)
        assert [(0.24, 12 * COST)] * 6 == [(one.observation.share, one.observation.spent) for one in ends]
        assert (50 * COST, 6) == next(
            (size.size, size.observations) for size in calibrations.calibrations(tracker.connection).values()
        )
        assert before == tracker.peaks(), "no counter bends"
        tracker.derive_all_again()
        assert found == learnt(tracker), "the same as of a new database"


def test_the_week_of_a_family_has_a_size_too(tmp_path: Path, database: Path) -> None:
    """Versions before did not keep when it started."""
    week = NOON - 3 * DAY
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "INSERT INTO tracker_readings (account, window, source, observed_at, last_at, used, utilization, resets_at)"
            " VALUES (1, 'seven_day_opus', 'account', ?, ?, 1, 0.2, ?)",
            (week - MINUTE, week - MINUTE, week),
        )
    with Tracker(database, tmp_path / "projects", now=NOON) as tracker:
        tracker.store.calibrate(NOON)
        (end,) = window_ends.load(tracker.connection, 1, "seven_day_opus", NOON)
        assert (week - 7 * DAY, week, 0.2) == (end.start, end.end, end.observation.share)
        spent = tracker.connection.execute("SELECT sum(cost) FROM tracker_responses WHERE at < ?", (week,)).fetchone()
        assert spent[0] == end.observation.spent


def test_the_verdict_is_right_at_the_first_look(tmp_path: Path, database: Path) -> None:
    with Tracker(database, tmp_path / "projects", now=NOON) as tracker:
        tracker.store.calibrate(NOON)
        current = take_current(Reader(database), NOON)
        assert current is not None
        five_hours = next(limit for limit in current.limits if limit.window == "five_hour")
        assert five_hours.size is not None
        assert 50 == round(five_hours.size.size / COST)
        assert five_hours.forecast.state in ("lasts", "too_early")


def test_a_warning_that_was_sent_stays_so(tmp_path: Path, database: Path) -> None:
    with Tracker(database, tmp_path / "projects", now=NOON) as tracker:
        (sent,) = tracker.store.sent_warnings(NOON - 8 * DAY)
        assert ("usage_warning", "five_hour", START + 5 * HOUR, False) == (
            sent.kind, sent.subject, sent.until, sent.is_withdrawn,
        )  # fmt: skip


def test_responses_alone_are_learnt_from_after_ten_minutes(tmp_path: Path, database: Path) -> None:
    """A tracker without any new reading, whose user works on."""
    with Tracker(database, tmp_path / "projects", now=NOON) as tracker:
        tracker.store.calibrate(NOON)
        usual = calibrations.rhythms(tracker.connection, 1)["five_hour"].hourly
        lines = [
            assistant(f"n{at}", request=f"q{at}", uuid=f"v{at}", session="n", at=to_iso(at), used=usage(100, 200))
            for at in range(NOON - 100 * MINUTE, NOON, 10 * MINUTE)
        ]
        write(tmp_path / "projects" / "p" / "n.jsonl", lines)
        tracker.scan()
        tracker.store.calibrate(NOON + 9 * MINUTE)
        assert usual == calibrations.rhythms(tracker.connection, 1)["five_hour"].hourly
        sequence = tracker.sequence
        tracker.store.calibrate(NOON + 10 * MINUTE)
        assert usual != calibrations.rhythms(tracker.connection, 1)["five_hour"].hourly
        assert sequence + 1 == tracker.sequence
        tracker.store.calibrate(NOON + DAY)
        assert sequence + 1 == tracker.sequence, "nothing new came: nothing is written"


def test_a_reading_of_a_window_that_runs_shows_nothing_of_its_size(tmp_path: Path) -> None:
    """Each estimate reads the responses of eight weeks: with few windows too, it is made when one of them is over."""
    (tmp_path / "projects").mkdir()
    with Tracker(tmp_path / "new.db", tmp_path / "projects", now=NOON) as tracker:

        def is_due_after(at: int, share: float, resets_at: int) -> bool:
            reading = Reading("five_hour", "statusline", at, share, resets_at)
            with tracker.store.transaction():
                readings.save_readings(tracker.connection, [SourcedReading(reading, "a")], at)
                was_due = calibration_due.is_due(tracker.connection, at)
                calibrations.calibrate_when_due(tracker.connection, at)
            return was_due

        end = NOON + 4 * MINUTE
        assert [False, False, False, True, False] == [
            is_due_after(NOON, 0.1, end),
            is_due_after(NOON + MINUTE, 0.2, end),
            is_due_after(NOON + 3 * MINUTE, 0.3, end),
            is_due_after(end, 0.0, end + 5 * HOUR),
            is_due_after(end + MINUTE, 0.1, end + 5 * HOUR),
        ]


def test_a_first_reading_is_used_at_once(tmp_path: Path) -> None:
    (tmp_path / "projects").mkdir()
    with Tracker(tmp_path / "new.db", tmp_path / "projects", now=NOON) as tracker:
        for day in range(3, 0, -1):
            start = NOON - day * DAY
            lines = [assistant(f"m{day}", request=f"r{day}", uuid=f"u{day}", at=to_iso(start), used=usage(10, 20))]
            write(tmp_path / "projects" / "p" / f"{day}.jsonl", lines)
            tracker.scan()
            at = start + 10 * MINUTE
            tracker.store.take_readings([Reading("five_hour", "statusline", at, 0.5, start + 5 * HOUR)], at)
        ended = NOON - DAY + 5 * HOUR
        tracker.store.take_readings([Reading("five_hour", "statusline", ended, 0.0, ended + 5 * HOUR)], ended)
        (size,) = calibrations.calibrations(tracker.connection).values()
        assert (2 * COST, 3) == (size.size, size.observations), "within the ten minutes"
