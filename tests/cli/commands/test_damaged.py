"""A database that is damaged while a tracker runs: it stops writing, and everything that shows it says so."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from support.processes import Server, run_command, wait_until
from support.transcripts import assistant, write

pytestmark = pytest.mark.server


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    folder = tmp_path / "claude" / "projects" / "-shop"
    write(folder / "s1.jsonl", [assistant(f"m{n}", request=f"r{n}", uuid=f"a{n}") for n in range(3)])
    return tmp_path / "claude"


def total_is_wrong(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE tracker_responses SET output = output + 1 WHERE id = 1")
        connection.commit()


def responses(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM tracker_responses").fetchone()[0])


DAMAGE = "the total of tokens output is 60, its rows sum to 61"


def test_it_stops_writing_and_everything_says_so(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        assert 1 == server.samples()["database_ok", ()]
        total_is_wrong(server.database)
        assert 1 == run_command("check", "--database", server.database).code
        wait_until(lambda: server.samples()["database_ok", ()] == 0, "it is on /metrics")
        write(claude / "projects" / "-shop" / "s2.jsonl", [assistant("later", uuid="later", session="s2")])
        wait_until(lambda: f"is damaged ({DAMAGE}): nothing is written to it" in server.said, "it is in the log")
        assert 3 == responses(server.database)
        current = json.loads(server.get("/api/analytics/current").text)
        assert DAMAGE == current["health"]["damage"]
        shown = run_command("status", "--database", server.database, "--config-dir", claude)
        assert f"is damaged ({DAMAGE})" in shown.stdout.replace("\n", " ")
        server.stop()
    refused = run_command("ingest", "--database", server.database, "--config-dir", claude)
    assert 4 == refused.code
    assert f"is damaged ({DAMAGE})" in refused.stderr
    assert 3 == responses(server.database)
    done = run_command("repair", "--database", server.database, "--config-dir", claude)
    assert 0 == done.code, done.stderr
    assert 4 == responses(server.database)
    assert 0 == run_command("check", "--database", server.database).code


def test_a_tracker_that_was_killed_is_checked_at_its_next_start(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        wait_until(lambda: server.samples()["database_ok", ()] == 1, "it is whole")
        server.kill()
    total_is_wrong(server.database)
    Path(f"{server.database}-wal").touch()
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        wait_until(lambda: server.samples()["database_ok", ()] == 0, "the damage is found")
        assert f"is damaged ({DAMAGE})" in server.said


def test_what_is_whole_again_is_written_again(tmp_path: Path, claude: Path) -> None:
    database = tmp_path / "tracker.db"
    assert 0 == run_command("ingest", "--database", database, "--config-dir", claude).code
    total_is_wrong(database)
    assert 1 == run_command("check", "--database", database).code
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE tracker_responses SET output = output - 1 WHERE id = 1")
        connection.commit()
    assert 4 == run_command("ingest", "--database", database, "--config-dir", claude).code
    assert 0 == run_command("check", "--database", database).code
    assert 0 == run_command("ingest", "--database", database, "--config-dir", claude).code
