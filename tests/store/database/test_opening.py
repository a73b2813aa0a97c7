"""Whose file a database is: a new one of ours, a shared, a foreign and a newer one."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

import pytest

from exporter.errors import ReplacedError
from exporter.store.open_store import new_store
from support.databases import COMMANDS, assert_one_line, run_here, run_on, state
from support.processes import Server, without_root_powers
from support.transcripts import assistant, write

OURS = 0x436C5472

SEED = """
CREATE TABLE real_sessions (
    id TEXT PRIMARY KEY, session_type TEXT, start_time TIMESTAMP, end_time TIMESTAMP, process_id INTEGER,
    project_path TEXT, conversation_id TEXT, total_messages INTEGER, models_used TEXT, estimated_tokens INTEGER,
    is_active BOOLEAN, metadata TEXT, five_hour_block_id TEXT);
CREATE TABLE five_hour_blocks (
    id TEXT PRIMARY KEY, start_time TIMESTAMP, end_time TIMESTAMP, session_type TEXT, total_sessions INTEGER,
    total_tokens INTEGER, efficiency_score REAL, is_complete BOOLEAN);
CREATE TABLE notes (text TEXT);
INSERT INTO real_sessions (id, session_type, is_active, metadata) VALUES ('mine', 'claude_desktop', 1, 'kept');
INSERT INTO five_hour_blocks (id, start_time, end_time, total_tokens, is_complete)
    VALUES ('my block', '2025-01-01 10:00:00', '2025-01-01 15:00:00', 42, 0);
INSERT INTO notes VALUES ('mine');
PRAGMA user_version = 7;
"""
THEIR_ROWS = [
    "SELECT metadata FROM real_sessions WHERE id = 'mine' AND is_active",
    "SELECT total_tokens FROM five_hour_blocks WHERE id = 'my block' AND NOT is_complete",
]
THEIRS = ["kept", 42]


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", [assistant(at="2025-11-20T10:00:00.000Z")])
    return tmp_path / "claude"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for the database."""
    made = tmp_path / "data"
    made.mkdir()
    return made


def made_by(script: str, path: Path) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path


def values_of(database: Path, *statements: str) -> list[object]:
    """The first value of each statement's first row."""
    connection = sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True)
    try:
        return [connection.execute(statement).fetchone()[0] for statement in statements]
    finally:
        connection.close()


def test_a_new_file_is_private_and_has_our_application_id(folder: Path, claude: Path) -> None:
    database = folder / "deeper" / "usage.db"
    assert 0 == run_on(database, "ingest", claude).code
    assert 0o600 == database.stat().st_mode & 0o777
    marks = values_of(database, "PRAGMA application_id", "PRAGMA user_version", "PRAGMA journal_mode")
    assert [OURS, 9, "wal"] == marks
    assert ["9"] == values_of(database, "SELECT value FROM tracker_meta WHERE key = 'version'")


@pytest.mark.parametrize("name", ["my usage?.db", "a#b%20c.db", "größe.db", "usage", "it's.db"])
def test_any_file_name_works(folder: Path, claude: Path, name: str) -> None:
    for _ in range(2):
        assert 0 == run_here(folder / name, "ingest", claude).code
    assert {name, f"{name}.lock"} == state(folder).keys()
    assert ["9"] == values_of(folder / name, "SELECT value FROM tracker_meta WHERE key = 'version'")


@pytest.mark.parametrize("target", ["absent", "empty", "a database"])
def test_a_symlink_stays_a_symlink(folder: Path, claude: Path, target: str) -> None:
    database = folder / "elsewhere" / "usage.db"
    database.parent.mkdir()
    if target == "empty":
        database.touch()
    elif target == "a database":
        run_here(database, "ingest", claude)
    link = folder / "usage.db"
    link.symlink_to(database)
    assert 0 == run_here(link, "ingest", claude).code
    assert link.is_symlink()
    assert {"usage.db", "usage.db.lock"} == state(database.parent).keys()
    assert [1] == values_of(database, "SELECT count(*) FROM real_sessions")


def test_an_empty_file_becomes_a_new_database(folder: Path, claude: Path) -> None:
    database = folder / "usage.db"
    database.touch()
    assert 0 == run_on(database, "ingest", claude).code
    assert [OURS, 1] == values_of(database, "PRAGMA application_id", "SELECT count(*) FROM real_sessions")


REFUSED = {
    "another program's": "CREATE TABLE t (x); INSERT INTO t VALUES (1); PRAGMA application_id = 1234;",
    "another program's in WAL": "PRAGMA journal_mode = WAL; CREATE TABLE t (x); PRAGMA application_id = 1234;",
    "ours, but newer": f"CREATE TABLE t (x); PRAGMA application_id = {OURS}; PRAGMA user_version = 99;",
    "shared, but newer": (
        "CREATE TABLE tracker_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
        " INSERT INTO tracker_meta VALUES ('version', '99');"
    ),
    "a seed table with other columns": "CREATE TABLE real_sessions (id TEXT PRIMARY KEY, name TEXT);",
    "a table of our name with other columns": "CREATE TABLE tracker_totals (family TEXT);",
    "a table of versions that is not ours": "CREATE TABLE tracker_meta (version INTEGER);",
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("script", [pytest.param(script, id=name) for name, script in REFUSED.items()])
def test_a_refused_file_is_not_touched(folder: Path, claude: Path, command: str, script: str) -> None:
    database = made_by(script, folder / "theirs.db")
    before = state(folder)
    outcome = run_here(database, command, claude)
    assert_one_line(outcome, 5)
    assert str(database) in outcome.stderr
    assert before == state(folder)


def test_a_foreign_file_in_use_is_not_touched(folder: Path, claude: Path) -> None:
    database = folder / "theirs.db"
    theirs = sqlite3.connect(database)
    theirs.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (x); PRAGMA application_id = 1234;")
    before = state(folder)
    outcome = run_on(database, "ingest", claude)
    after = state(folder)
    theirs.close()
    assert_one_line(outcome, 5)
    assert {"theirs.db", "theirs.db-wal", "theirs.db-shm"} == after.keys()
    for name in ("theirs.db", "theirs.db-wal"):
        assert before[name] == after[name]


def test_a_foreign_file_that_cannot_be_written_is_not_touched(folder: Path, claude: Path) -> None:
    database = made_by(REFUSED["another program's in WAL"], folder / "theirs.db")
    database.chmod(0o444)
    before = state(folder)
    assert_one_line(run_on(database, "status", claude, without_root_powers()), 5)
    assert before == state(folder)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_not_a_database_is_not_touched(folder: Path, claude: Path, command: str) -> None:
    database = folder / "notes.txt"
    database.write_text("These are my notes. " * 100)
    before = state(folder)
    assert_one_line(run_here(database, command, claude), 4)
    assert before == state(folder)


def test_a_shared_database_keeps_its_contents(folder: Path, claude: Path) -> None:
    database = made_by(SEED, folder / "claude_usage.db")
    first = run_on(database, "ingest", claude)
    assert 0 == first.code, first.stderr
    assert f"switching {database} from journal mode delete to WAL\n" == first.stderr
    marks = ["PRAGMA application_id", "PRAGMA user_version", "PRAGMA journal_mode"]
    assert [0, 7, "wal", "9"] == values_of(database, *marks, "SELECT value FROM tracker_meta WHERE key = 'version'")
    assert ["mine", *THEIRS, 2, 2] == values_of(
        database,
        "SELECT text FROM notes",
        *THEIR_ROWS,
        "SELECT count(*) FROM real_sessions",
        "SELECT count(*) FROM five_hour_blocks",
    )
    assert "" == run_on(database, "ingest", claude).stderr, "WAL is announced once"
    rebuilt = run_on(database, "rebuild", claude)
    assert 0 == rebuilt.code, rebuilt.stderr
    assert THEIRS == values_of(database, *THEIR_ROWS)


def test_a_shared_database_is_served(folder: Path, claude: Path) -> None:
    database = made_by(SEED, folder / "claude_usage.db")
    with Server(folder, "--config-dir", claude, database=database) as server:
        samples = server.wait_ready().samples()
    assert 1 == samples["responses_total", ("main", "claude-opus-4-5")]
    assert 1 == samples["blocks_total", ()], "a block of another program's is none of ours"


def test_a_database_that_appears_during_the_first_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "tracker.db"
    with pytest.raises(ReplacedError, match="another database was put at"), new_store(path):
        path.write_bytes(b"somebody's")
    assert (b"somebody's", [path]) == (path.read_bytes(), list(tmp_path.glob("tracker.db*")))
