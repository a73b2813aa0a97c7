"""A backup, a restore, a check and a repair, as a user runs them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from support.processes import Outcome, Server, run_command, wait_until
from support.transcripts import assistant, write

pytestmark = pytest.mark.server


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    folder = tmp_path / "claude" / "projects" / "-shop"
    write(folder / "s1.jsonl", [assistant(f"m{n}", request=f"r{n}", uuid=f"a{n}") for n in range(3)])
    return tmp_path / "claude"


@pytest.fixture
def database(tmp_path: Path, claude: Path) -> Path:
    assert 0 == run_command("ingest", "--database", tmp_path / "tracker.db", "--config-dir", claude).code
    return tmp_path / "tracker.db"


def ran(command: str, *words: str | Path, database: Path) -> Outcome:
    return run_command(command, "--database", database, *words)


def responses_in(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM tracker_responses WHERE counted").fetchone()[0])


def spoil(database: Path) -> None:
    """The head of the page of the responses."""
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'tracker_responses'"
        page = connection.execute(query).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute("PRAGMA journal_mode = DELETE")
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 40)


def test_a_backup_is_one_whole_file(tmp_path: Path, database: Path) -> None:
    done = ran("backup", "-o", tmp_path / "saved.db", database=database)
    assert 0 == done.code, done.stderr
    assert f"Wrote {database} to {tmp_path / 'saved.db'} (" in done.stdout
    assert 3 == responses_in(tmp_path / "saved.db")
    assert 0o600 == stat.S_IMODE((tmp_path / "saved.db").stat().st_mode)
    assert {"saved.db"} == {name for name in os.listdir(tmp_path) if "saved" in name}


def test_a_backup_beside_a_tracker_that_writes(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        for number in range(3):
            write(claude / "projects" / "-shop" / f"n{number}.jsonl", [assistant(f"n{number}", uuid=f"n{number}")])
            done = ran("backup", "--force", "-o", tmp_path / "saved.db", database=server.database)
            assert 0 == done.code, done.stderr
            assert responses_in(tmp_path / "saved.db") in range(3, 4 + number + 1)
        assert not server.has_ended()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["-o", "taken.txt"], "exists: choose another file, or replace it with --force"),
        (["-o", "tracker.db", "--force"], "is the database itself: choose another file"),
        (["-o", "nowhere/saved.db"], "cannot write the backup"),
        ([], "Missing option '-o' / '--output'"),
    ],
)
def test_a_backup_that_cannot_be(tmp_path: Path, database: Path, words: list[str], error: str) -> None:
    (tmp_path / "taken.txt").write_text("mine")
    before = database.read_bytes()
    done = run_command("backup", "--database", database, *words, cwd=tmp_path)
    assert done.code != 0
    assert error in done.stderr
    assert "mine" == (tmp_path / "taken.txt").read_text()
    assert before == database.read_bytes()


def test_a_restore_keeps_the_database_before(tmp_path: Path, claude: Path, database: Path) -> None:
    assert 0 == ran("backup", "-o", tmp_path / "saved.db", database=database).code
    write(claude / "projects" / "-shop" / "s2.jsonl", [assistant("later", uuid="later", session="s2")])
    assert 0 == ran("ingest", "--config-dir", claude, database=database).code
    assert 4 == responses_in(database)
    done = run_command("restore", "--database", database, tmp_path / "saved.db")
    assert 0 == done.code, done.stderr
    kept = tmp_path / "tracker.db.before-restore"
    expected = f"Restored {database} from {tmp_path / 'saved.db'}. The database before is {kept}.\n"
    assert expected == done.stdout
    assert (3, 4) == (responses_in(database), responses_in(kept))
    assert 0 == ran("ingest", "--config-dir", claude, database=database).code
    assert 4 == responses_in(database), "the transcript still has it"


def test_the_counters_go_on_from_what_they_showed(tmp_path: Path, claude: Path) -> None:
    name = "responses_total"

    def shown(server: Server) -> float:
        return sum(value for (family, _), value in server.samples().items() if family == name)

    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        assert 3 == shown(server)
        assert 0 == ran("backup", "-o", tmp_path / "saved.db", database=server.database).code
        later = claude / "projects" / "-shop" / "s2.jsonl"
        write(later, [assistant("later", uuid="later", session="s2")])
        wait_until(lambda: shown(server) == 4, "it is counted")
        refused = run_command("restore", "--database", server.database, tmp_path / "saved.db")
        assert 3 == refused.code
        assert "stop it before running `claude-tracker restore`" in refused.stderr
        server.stop()
    assert 0 == run_command("restore", "--database", server.database, tmp_path / "saved.db").code
    later.unlink()
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        assert 4 == shown(server), "no counter falls"
        write(claude / "projects" / "-shop" / "s3.jsonl", [assistant("new", uuid="new", session="s3")])
        wait_until(lambda: shown(server) == 5, "it goes on")


@pytest.mark.parametrize("kind", ["damaged", "foreign", "missing", "text"])
def test_what_is_no_backup_changes_nothing(tmp_path: Path, database: Path, kind: str) -> None:
    saved = tmp_path / "saved.db"
    expected = {
        "damaged": f"the backup {saved} is damaged (", "foreign": f"{saved} does not belong to claude-tracker",
        "missing": f"there is no backup {saved}", "text": f"the backup {saved} is damaged (file is not a database)",
    }[kind]  # fmt: skip
    if kind == "damaged":
        shutil.copy(database, saved)
        spoil(saved)
    elif kind == "foreign":
        with closing(sqlite3.connect(saved)) as connection:
            connection.execute("CREATE TABLE t (a)")
    elif kind == "text":
        saved.write_text("hello\n" * 1_000)
    before = database.read_bytes()
    done = run_command("restore", "--database", database, saved)
    assert (5 if kind == "foreign" else 4) == done.code
    assert expected in done.stderr
    assert before == database.read_bytes()
    assert {"tracker.db", "claude"} <= set(os.listdir(tmp_path))
    assert not list(tmp_path.glob("*.part*"))


def test_a_check_says_what_is_damaged(database: Path) -> None:
    done = ran("check", database=database)
    assert (0, f"{database} is whole: its structure, its indexes and its totals.\n") == (done.code, done.stdout)
    found = json.loads(ran("check", "--json", database=database).stdout)
    assert {"database": str(database), "whole": True, "structure": [], "totals": []} == found
    spoil(database)
    done = ran("check", database=database)
    assert 1 == done.code
    assert done.stdout.endswith(f"{database} is damaged. Save what can be saved: claude-tracker repair\n")
    assert not json.loads(ran("check", "--json", database=database).stdout)["whole"]


def test_a_repair_brings_back_what_the_transcripts_hold(tmp_path: Path, claude: Path, database: Path) -> None:
    done = ran("repair", "--config-dir", claude, database=database)
    assert (0, f"{database} is whole; nothing to do\n") == (done.code, done.stdout)
    spoil(database)
    done = ran("repair", "--config-dir", claude, database=database)
    assert 0 == done.code, done.stderr
    assert [
        "tracker_responses: 1 gap that cannot be read, 0 rows without sense",
        "0 responses saved, 3 more read from the transcripts.",
        "What was only in the damaged places, and in no transcript any more, is lost.",
        f"Repaired {database}. The damaged one is {tmp_path / 'tracker.db.damaged'}.",
    ] == done.stdout.splitlines()
    assert 3 == responses_in(database)
    assert 0 == ran("check", database=database).code
