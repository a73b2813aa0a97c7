"""A database or a folder without write access: shown where possible, otherwise reported in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.databases import COMMANDS, assert_one_line, run_on, state
from support.processes import Server, run_command, status_json, wait_until, without_root_powers
from support.transcripts import append, assistant, write

pytestmark = pytest.mark.server

WRITING = ["run", "ingest", "rebuild", "reprice"]


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", [assistant(at="2025-11-20T10:00:00.000Z")])
    return tmp_path / "claude"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for the database; it takes writes again when the test is over."""
    made = tmp_path / "data"
    made.mkdir()
    yield made
    made.chmod(0o755)


def read_only(database: Path) -> None:
    for path in database.parent.iterdir():
        path.chmod(0o444)
    database.parent.chmod(0o555)


def test_a_read_only_database_is_shown_as_of_its_last_commit(folder: Path, claude: Path) -> None:
    database = folder / "usage.db"
    run_on(database, "ingest", claude)
    append(claude / "projects" / "-shop" / "s1.jsonl", [assistant("msg_2", request="req_2", uuid="a2")])
    read_only(database)
    before = state(folder)
    outcome = run_on(database, "status", claude, without_root_powers())
    assert 0 == outcome.code, outcome.stderr
    assert "is not writable" in " ".join(outcome.stdout.split())
    snapshot = status_json(database, "--config-dir", claude, prefix=without_root_powers())
    assert 1 == snapshot["totals"]["responses"]
    where = ("--database", database, "--config-dir", claude)
    report = run_command("report", "models", "--json", *where, prefix=without_root_powers())
    assert (0, 1) == (report.code, json.loads(report.stdout)["totals"]["responses"])
    assert before == state(folder)


def test_a_read_only_database_shows_the_contents_of_its_journal(folder: Path, claude: Path) -> None:
    database = folder / "usage.db"
    run_on(database, "ingest", claude)
    append(claude / "projects" / "-shop" / "s1.jsonl", [assistant("msg_2", request="req_2", uuid="a2")])
    with Server(folder, "--config-dir", claude, database=database) as server:
        server.wait_ready()
        wait_until(lambda: status_json(database)["totals"]["responses"] == 2, "it has read on")
        server.kill()
    assert (folder / "usage.db-wal").stat().st_size
    read_only(database)
    snapshot = status_json(database, "--config-dir", claude, prefix=without_root_powers())
    assert 2 == snapshot["totals"]["responses"]


@pytest.mark.parametrize("command", WRITING)
def test_a_command_that_must_write_reports_that_it_cannot(folder: Path, claude: Path, command: str) -> None:
    database = folder / "usage.db"
    run_on(database, "ingest", claude)
    read_only(database)
    before = state(folder)
    outcome = run_on(database, command, claude, without_root_powers())
    assert_one_line(outcome, 4)
    assert f"{database} is not writable" in outcome.stderr
    assert before == state(folder)


@pytest.mark.parametrize("command", ["run", "status", "reprice"])
def test_an_unreadable_database_is_reported(folder: Path, claude: Path, command: str) -> None:
    database = folder / "usage.db"
    run_on(database, "ingest", claude)
    database.chmod(0o000)
    assert_one_line(run_on(database, command, claude, without_root_powers()), 4)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_without_write_access_is_reported(folder: Path, claude: Path, command: str) -> None:
    folder.chmod(0o555)
    outcome = run_on(folder / "usage.db", command, claude, without_root_powers())
    assert_one_line(outcome, 4)
    assert {} == state(folder)
