"""Sessions of an earlier tracker's database: listed and in reports as imported, and in no total."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.calendar.day import ALWAYS
from exporter.domain.calendar.timestamp import DAY, HOUR, parse, to_iso
from exporter.errors import DatabaseError, ExportError
from exporter.snapshot.usage.imported import imported_periods
from exporter.store.database.seed import SEED_TABLES
from exporter.store.merging.merge import Merged
from exporter.store.reader import Reader
from exporter.transfer.importing import find_taker
from support.tracker import LATER, Tracker
from support.transcripts import OPUS, SONNET, assistant, write

FIRST_OF_OCTOBER = parse("2026-10-01T09:00:00.000Z") or 0
TEN = "2026-11-22T10:00:00.000Z"
BLOCKS = "five-hour blocks, whose tokens are those of the sessions"


def earlier(path: Path, rows: list[tuple[Any, ...]], blocks: int = 0) -> Path:
    """A database with these sessions: id, start, models, tokens, Claude's id."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SEED_TABLES)
        connection.execute("CREATE TABLE settings (key TEXT)")
        connection.executemany(
            "INSERT INTO real_sessions (id, start_time, models_used, estimated_tokens, conversation_id, session_type,"
            " is_active, project_path) VALUES (?, ?, ?, ?, ?, 'claude_code', 1, '/home/ada/app')",
            rows,
        )
        connection.executemany("INSERT INTO five_hour_blocks (id) VALUES (?)", [(str(n),) for n in range(blocks)])
        connection.commit()
    return path


def take(tracker: Tracker, path: Path, **more: bool) -> Merged:
    return find_taker(path, tracker.database, dry_run=more.get("dry_run", False))(tracker.store, LATER)


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    """It has read one session of November 22."""
    write(
        tmp_path / "projects" / "-p" / "known.jsonl", [assistant("m", request="r", uuid="a", session="known", at=TEN)]
    )
    tracker = Tracker(tmp_path / "tracker.db", tmp_path / "projects")
    tracker.see()
    return tracker


def days(tracker: Tracker) -> dict[str, dict[str, int]]:
    reader = Reader(tracker.database)
    try:
        return {day.name: dict(day.models) for day in imported_periods(reader, "day", ALWAYS, UTC)}
    finally:
        reader.close()


def test_a_thousand_sessions(tmp_path: Path, tracker: Tracker) -> None:
    """Ten a day for a hundred days; those of the last 48 days are after the first transcript."""
    rows = [
        (f"old-{n}", to_iso(FIRST_OF_OCTOBER + n // 10 * DAY + n % 10 * HOUR), f'["{OPUS}"]', 1_000 + n, None)
        for n in range(999)
    ]
    path = earlier(tmp_path / "claude_usage.db", [*rows, ("known", TEN, "[]", 5, None)], blocks=7)
    before = path.read_bytes()
    with tracker:
        exact, shown = tracker.exact(), tracker.peaks()
        merged = take(tracker, path)
        assert (999, {"known already": 1, BLOCKS: 7}) == (merged.estimates, merged.skipped)
        assert (exact, shown) == (tracker.exact(), tracker.peaks())
        found = days(tracker)
        assert 52 == len(found)
        assert {"claude-opus-4-5": sum(range(1_000, 1_010))} == found["2026-10-01"]
        assert {"claude-opus-4-5": sum(range(1_510, 1_520))} == found["2026-11-21"]
        rows_here = tracker.sessions()
        assert (1_000, True, False, 1_003) == (
            len(rows_here),
            rows_here["old-3"].metadata["imported"],
            rows_here["old-3"].is_active,
            rows_here["old-3"].estimated_tokens,
        )
        assert (0, {"known already": 1_000, BLOCKS: 7}) == (take(tracker, path).estimates, take(tracker, path).skipped)
        tracker.rebuild()
        assert (exact, found, rows_here) == (tracker.exact(), days(tracker), tracker.sessions())
    assert before == path.read_bytes()


def test_a_session_whose_transcript_is_found_later_counts_once(tmp_path: Path, tracker: Tracker) -> None:
    path = earlier(tmp_path / "old.db", [("old", "2026-10-01T09:00:00.000Z", "[]", 900, None)])
    with tracker:
        take(tracker, path)
        assert {"2026-10-01": {"unknown": 900}} == days(tracker)
        write(
            tmp_path / "projects" / "-p" / "old.jsonl", [assistant("n", request="n", uuid="n", session="old", at=TEN)]
        )
        tracker.scan()
        assert {} == days(tracker)
        assert (30, "exact") == (
            tracker.sessions()["old"].estimated_tokens,
            tracker.sessions()["old"].metadata["tokens"],
        )


@pytest.mark.parametrize(
    ("row", "skipped"),
    [
        pytest.param((None, TEN, "[]", 1, None), "without an id", id="no id"),
        pytest.param(("a", None, "[]", 1, None), "without a start time", id="no start"),
        pytest.param(("a", "yesterday", "[]", 1, None), "without a start time", id="a start that is no time"),
        pytest.param(("a", TEN, "[]", "many", None), "with tokens that are no number", id="tokens as a text"),
        pytest.param(("a", TEN, "[]", -5, None), "with tokens that are no number", id="negative tokens"),
        pytest.param(("a", TEN, "[]", 5, "known"), "known already", id="known by Claude's id"),
        pytest.param(("a", "2026-10-01 09:00:00", "no JSON", 5, None), None, id="models that are no JSON"),
        pytest.param(("a", "2026-10-01T09:00:00+02:00", f'["{OPUS}", "{SONNET}"]', 5.0, None), None, id="two models"),
        pytest.param(("a", "2026-10-01T09:00:00", None, None, None), None, id="no models and tokens"),
    ],
)
def test_odd_values_are_skipped_or_left_out(
    tmp_path: Path, tracker: Tracker, row: tuple[Any, ...], skipped: str | None
) -> None:
    with tracker:
        merged = take(tracker, earlier(tmp_path / "old.db", [row]))
        assert (
            (0, {skipped: 1}) == (merged.estimates, merged.skipped)
            if skipped
            else (1, {})
            == (
                merged.estimates,
                merged.skipped,
            )
        )


def test_columns_that_are_missing_are_not_known(tmp_path: Path, tracker: Tracker) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.execute("CREATE TABLE real_sessions (id TEXT, start_time TEXT, estimated_tokens INTEGER)")
        connection.execute("INSERT INTO real_sessions VALUES ('a', '2026-10-01T09:00:00', 7)")
        connection.commit()
    with tracker:
        assert 1 == take(tracker, tmp_path / "old.db").estimates
        assert {"2026-10-01": {"unknown": 7}} == days(tracker)


def test_the_client_own_statistics_of_a_day_are_not_added(tmp_path: Path, tracker: Tracker) -> None:
    path = earlier(
        tmp_path / "old.db",
        [("a", "2026-10-01T09:00:00Z", "[]", 900, None), ("b", "2026-10-02T09:00:00Z", "[]", 900, None)],
    )
    with tracker:
        take(tracker, path)
        tracker.connection.execute(
            "INSERT INTO tracker_imported_days VALUES ('/c', '2026-10-01', 'claude-opus-4-5', 50)"
        )
        assert {"2026-10-01": {"claude-opus-4-5": 50}, "2026-10-02": {"unknown": 900}} == days(tracker)


def test_a_forgotten_session_is_no_more_named(tmp_path: Path, tracker: Tracker) -> None:
    path = earlier(tmp_path / "old.db", [("old", "2026-10-01T09:00:00.000Z", "[]", 900, None)])
    with tracker:
        take(tracker, path)
        tracker.store.forget(["old"], LATER)
        assert "old" not in tracker.sessions()
        assert {"2026-10-01": {"unknown": 900}} == days(tracker)
        assert {"known already": 1} == take(tracker, path).skipped
        assert (
            0
            == tracker.connection.execute(
                "SELECT count(*) FROM tracker_imported_sessions WHERE session_id = 'old'"
            ).fetchone()[0]
        )


def test_a_dry_run_writes_nothing(tmp_path: Path, tracker: Tracker) -> None:
    path = earlier(tmp_path / "old.db", [("old", "2026-10-01T09:00:00.000Z", "[]", 900, None)])
    with tracker:
        assert 1 == take(tracker, path, dry_run=True).estimates
        assert ["known"] == list(tracker.sessions())


def _tables(path: Path, statement: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()
    return path


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("missing.db", DatabaseError, "there is no file"),
        ("text.db", DatabaseError, "file is not a database"),
        ("notes.db", DatabaseError, "is neither an export nor an earlier tracker's database"),
        ("tracker.db", DatabaseError, "is this tracker's own database"),
        ("other.db", DatabaseError, "use `claude-tracker merge`"),
        ("folder", ExportError, "is not an export: cannot read export.json"),
    ],
)
def test_what_cannot_be_imported_is_named(
    tmp_path: Path, tracker: Tracker, name: str, kind: type[Exception], said: str
) -> None:
    (tmp_path / "text.db").write_text("no database")
    _tables(tmp_path / "notes.db", "CREATE TABLE notes (text)")
    (tmp_path / "folder").mkdir()
    Tracker(tmp_path / "other.db", tmp_path / "nothing").close()
    with tracker, pytest.raises(kind, match=said):
        take(tracker, tmp_path / name)
