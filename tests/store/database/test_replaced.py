"""The database is replaced, restored, renamed, linked or overwritten, while a tracker runs and after it was killed."""

from __future__ import annotations

import errno
import itertools
import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from exporter.errors import DatabaseError, ReplacedError
from exporter.store.database import opening
from exporter.store.open_store import open_store
from support.processes import Server, run_command, status_json, total_of, wait_until
from support.sampling import sample_or_all
from support.services import free_port
from support.transcripts import append, assistant, write

pytestmark = pytest.mark.server

Move = Callable[[Path, Path], object]
"""Puts the second file in the place of the first."""


def responses(*numbers: int) -> list[dict[str, object]]:
    return [assistant(f"m{n}", request=f"r{n}", uuid=f"u{n}") for n in numbers]


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    write(tmp_path / "claude" / "projects" / "p" / "s1.jsonl", responses(*range(20)))
    return tmp_path / "claude"


def grow(claude: Path, *numbers: int) -> None:
    append(claude / "projects" / "p" / "s1.jsonl", responses(*numbers))


def back_up(database: Path, copy: Path) -> Path:
    """As SQLite's `.backup` makes it."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def vacuum(database: Path, copy: Path) -> Path:
    with closing(sqlite3.connect(database)) as source:
        source.execute("VACUUM INTO ?", (str(copy),))
    return copy


def integrity(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        found: str = connection.execute("PRAGMA integrity_check").fetchone()[0]
    return found


def counted(server: Server) -> float:
    answer = server.get("/api/analytics/current")
    return -1.0 if answer.status != 200 else total_of(server.samples(), "responses_total")


def wait_for(server: Server, number: int) -> None:
    wait_until(lambda: counted(server) == number, f"it counts {number}")


def rename_over(database: Path, copy: Path) -> None:
    os.replace(copy, database)


def copy_over(database: Path, copy: Path) -> None:
    shutil.copyfile(copy, database)


def copy_over_with_times(database: Path, copy: Path) -> None:
    shutil.copy2(copy, database)


MOVES = [rename_over, copy_over, copy_over_with_times]


@pytest.fixture
def killed(tmp_path: Path, claude: Path) -> Path:
    """The database of a killed tracker: its last responses are in the journal; `early.db` is a backup from before."""
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        back_up(server.database, tmp_path / "early.db")
        for number in range(20, 40, 5):
            grow(claude, *range(number, number + 5))
            wait_for(server, number + 5)
        vacuum(server.database, tmp_path / "late.db")
        server.kill()
    assert (tmp_path / "tracker.db-wal").stat().st_size > 0
    return tmp_path / "tracker.db"


def spoil_page(database: Path, table: str) -> None:
    """Overwrite a leaf of a table in the file, next to whatever its journal holds."""
    copy = Path(shutil.copy(database, database.with_name("pages.db")))
    with closing(sqlite3.connect(copy)) as connection:
        query = "SELECT max(pageno) FROM dbstat WHERE name = ? AND pagetype = 'leaf'"
        (page,) = connection.execute(query, (table,)).fetchone()
    copy.unlink()
    data = bytearray(database.read_bytes())
    data[(page - 1) * 4_096 : page * 4_096] = random.Random(1).randbytes(4_096)
    database.write_bytes(data)


@pytest.mark.parametrize("table", ["tracker_prompts_by_time", "tracker_worktrees"])
def test_damage_next_to_a_journal_is_said_and_repaired(killed: Path, claude: Path, table: str) -> None:
    spoil_page(killed, table)
    where = ("--database", killed, "--config-dir", claude, "--no-processes")
    assert "`claude-tracker repair`" in run_command("ingest", *where).stderr
    assert 1 == run_command("check", "--database", killed).code
    done = run_command("repair", *where)
    assert (0, "") == (done.code, done.stderr)
    assert 0 == run_command("check", "--database", killed).code
    assert 40 == status_json(killed, "--config-dir", claude)["totals"]["responses"]


def test_a_tracker_on_damage_next_to_a_journal_says_so_to_prometheus(
    killed: Path, claude: Path, tmp_path: Path
) -> None:
    spoil_page(killed, "tracker_prompts_by_time")
    with Server(tmp_path, "--config-dir", claude) as server:
        wait_until(lambda: server.get("/metrics").status == 200, "it answers")
        found = server.get("/metrics").text.splitlines()
    assert ["claude_tracker_database_ok 0.0"] == [line for line in found if not line.startswith("#")]


@pytest.mark.parametrize("fails", [errno.ENOSPC, errno.EMFILE])
def test_no_room_to_look_at_a_journal_is_no_damage(
    killed: Path, claude: Path, monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    os.utime(killed)  # as after a checkpoint that did not end

    def copy(path: Path, target: Path) -> None:
        raise OSError(fails, os.strerror(fails), str(target))

    with monkeypatch.context() as patched:
        patched.setattr("exporter.store.database.owner._copy", copy)
        with pytest.raises(DatabaseError, match=os.strerror(fails)):
            opening.claim(killed, lambda _: None)
    assert not killed.with_name("tracker.db-damaged").exists()
    run_command("ingest", "--database", killed, "--config-dir", claude, "--no-processes")
    assert 40 == status_json(killed, "--config-dir", claude)["totals"]["responses"]


PLACES = list(itertools.product(MOVES, ["early.db", "late.db"], ["ingest", "status"]))
"""How a backup is put in the database's place, which one, and the command that finds it."""


@pytest.mark.long
@pytest.mark.parametrize(("move", "backup", "command"), PLACES[:: sample_or_all(5, 1)])
def test_a_backup_put_in_the_place_of_a_killed_trackers_database(
    killed: Path, claude: Path, backup: str, move: Move, command: str
) -> None:
    move(killed, killed.with_name(backup))
    outcome = run_command(command, "--database", killed, "--config-dir", claude, "--no-processes")
    assert 0 == outcome.code, outcome.stderr
    assert (
        "was put in the place of another database, whose journal was renamed to tracker.db-wal.old1" in outcome.stderr
    )
    assert "ok" == integrity(killed)
    assert 40 == status_json(killed, "--config-dir", claude)["totals"]["responses"]


def test_the_journal_of_a_killed_tracker_is_used(killed: Path, claude: Path) -> None:
    outcome = run_command("ingest", "--database", killed, "--config-dir", claude, "--no-processes")
    assert (0, "") == (outcome.code, outcome.stderr)
    assert [] == list(killed.parent.glob("*.old*"))
    assert 40 == status_json(killed, "--config-dir", claude)["totals"]["responses"]


def test_a_checkpoint_that_was_interrupted_is_finished(killed: Path, claude: Path) -> None:
    """What SQLite had written of it into the file differs from the record, and still belongs to the journal."""
    journal, shared = killed.with_name("tracker.db-wal"), killed.with_name("tracker.db-shm")
    shutil.copyfile(journal, killed.with_name("kept"))
    with closing(sqlite3.connect(killed)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        inode = journal.stat().st_ino
        os.link(journal, killed.with_name("linked"))
    os.replace(killed.with_name("linked"), journal)
    assert inode == journal.stat().st_ino
    journal.write_bytes(killed.with_name("kept").read_bytes())
    shared.unlink(missing_ok=True)
    assert "journal" not in run_command("ingest", "--database", killed, "--config-dir", claude).stderr
    assert 40 == status_json(killed, "--config-dir", claude)["totals"]["responses"]
    assert "ok" == integrity(killed)


MOVED_IN = list(itertools.product([back_up, vacuum], MOVES, [True, False]))


@pytest.mark.long
@pytest.mark.parametrize(("make", "move", "waits"), MOVED_IN[:: sample_or_all(5, 1)])
def test_a_backup_moved_in_under_a_running_tracker(
    tmp_path: Path, claude: Path, make: Callable[[Path, Path], Path], move: Move, waits: bool
) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        if waits:  # else it may still be opening
            wait_until(lambda: "watching for changes" in server.said, "it has opened the database")
        backup = make(server.database, tmp_path / "backup.db")
        grow(claude, *range(20, 30))
        wait_until(lambda: total_of(server.samples(), "responses_total") == 30, "it counts")
        move(server.database, backup)
        grow(claude, 30)
        wait_until(lambda: counted(server) == 31, "it counts in the file that was moved in")
        assert (0, "ok") == (server.stop()[0], integrity(server.database))
    assert 31 == status_json(server.database, "--config-dir", claude)["totals"]["responses"]


def test_another_program_may_write_and_vacuum(tmp_path: Path, claude: Path) -> None:
    """It changes the schema, and checkpoints what the tracker wrote: that is no other content."""
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        wait_until(lambda: "watching for changes" in server.said, "it has opened the database")
        for number, statement in enumerate(
            ("CREATE TABLE notes (x)", "VACUUM", "INSERT INTO notes VALUES (1)"), start=20
        ):
            grow(claude, number)
            wait_for(server, number + 1)
            with closing(sqlite3.connect(server.database)) as connection:
                connection.execute(statement)
                connection.commit()
                connection.execute("PRAGMA wal_checkpoint(RESTART)")
        grow(claude, 23)
        wait_for(server, 24)
        assert "overwritten" not in server.said
        assert (0, "ok") == (server.stop()[0], integrity(server.database))
    assert [] == list(tmp_path.glob("*.old*"))


def test_a_database_renamed_away_and_back(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        wait_until(lambda: "watching for changes" in server.said, "it has opened the database")
        server.database.rename(tmp_path / "away.db")
        grow(claude, 20, 21)
        wait_until(lambda: "was moved or deleted: put it back" in server.said, "it says what to do")
        assert not server.database.exists()
        assert 503 == server.get("/metrics").status
        (tmp_path / "away.db").rename(server.database)
        wait_until(lambda: counted(server) == 22, "it goes on")
        assert 1 == server.said.count("was moved or deleted")
        assert (0, "ok") == (server.stop()[0], integrity(server.database))


def test_a_running_trackers_database_is_locked_under_its_new_name(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        wait_until(lambda: "watching for changes" in server.said, "it has opened the database")
        moved = tmp_path / "moved.db"
        server.database.rename(moved)
        outcome = run_command(
            "run", "--database", moved, "--config-dir", claude, "--listen", f"127.0.0.1:{free_port()}"
        )
        assert (0, True) == (outcome.code, f":{server.port}/ (pid {server.pid}, since" in outcome.stdout)
        assert "keeping" in run_command("ingest", "--database", moved, "--config-dir", claude).stdout
        assert not (tmp_path / "moved.db-wal").exists()


def test_a_second_name_is_refused(tmp_path: Path, claude: Path) -> None:
    database = tmp_path / "tracker.db"
    assert 0 == run_command("ingest", "--database", database, "--config-dir", claude).code
    os.link(database, tmp_path / "other.db")
    for name in (database, tmp_path / "other.db"):
        outcome = run_command("ingest", "--database", name, "--config-dir", claude)
        message = f"{name} has a second name (a hard link): remove one of the two, or copy the file instead"
        assert (4, f"Error: {message}\n") == (outcome.code, outcome.stderr)


def test_a_truncated_database_is_an_error_and_not_used(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        os.truncate(server.database, 8_192)
        grow(claude, 20)
        wait_until(lambda: "is damaged" in server.said or "malformed" in server.said, "it says so")
        answer = server.get("/metrics")
        assert answer.status == 503 or "claude_tracker_database_ok 0.0" in answer.text
        assert 8_192 == server.database.stat().st_size


def test_another_database_renamed_into_a_deleted_ones_place(tmp_path: Path, claude: Path) -> None:
    """Of another user, with other responses: none of its figures mix with those of the first."""
    other = tmp_path / "other"
    write(other / "projects" / "p" / "s9.jsonl", responses(*range(900, 907)))
    assert 0 == run_command("ingest", "--database", other / "tracker.db", "--config-dir", other).code
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        server.database.unlink()
        os.replace(other / "tracker.db", server.database)
        wait_until(lambda: counted(server) == 27, "both are counted")
        assert (0, "ok") == (server.stop()[0], integrity(server.database))


STEPS = (
    "grow", "grow", "grow", "back up", "back up", "vacuum", "restore", "copy", "away", "kill", "status",
    "truncate", "link",
)  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("seed", range(sample_or_all(3, 50)))
def test_random_orders(tmp_path: Path, claude: Path, seed: int) -> None:
    """Whatever is moved where: the end is exact, and no file is damaged that was whole."""
    choice = random.Random(seed)
    number, backups, away = 20, 0, tmp_path / "away.db"
    with ExitStack() as servers:

        def started() -> Server:
            return servers.enter_context(Server(tmp_path, "--config-dir", claude))

        server = started().wait_ready()
        for _ in range(6):
            step = choice.choice(STEPS)
            if step == "grow":
                grow(claude, number)
                number += 1
            elif step in ("back up", "vacuum"):
                grow(claude, number)
                number += 1
                wait_for(server, number)  # it has settled: what SQLite itself opens is whole
                backups += 1
                (back_up if step == "back up" else vacuum)(server.database, tmp_path / f"backup{backups}.db")
            elif step in ("restore", "copy") and backups:
                source = tmp_path / f"backup{choice.randint(1, backups)}.db"
                shutil.copyfile(source, tmp_path / "moved.db")
                (rename_over if step == "restore" else copy_over)(server.database, tmp_path / "moved.db")
            elif step == "truncate" and backups:
                os.truncate(server.database, choice.choice([0, 100, 4_096, 50_000]))
                server.get("/metrics")
                os.replace(back_up(tmp_path / f"backup{backups}.db", tmp_path / "moved.db"), server.database)
            elif step == "link":
                os.link(server.database, tmp_path / "link.db")
                server.get("/metrics")
                (tmp_path / "link.db").unlink()
            elif step == "away":
                server.database.rename(away)
                server.get("/metrics")
                away.rename(server.database)
            elif step == "status":
                run_command("status", "--database", server.database, "--config-dir", claude)
            elif step == "kill":
                server.kill()
                server = started()
        grow(claude, number)
        wait_until(lambda: counted(server) == number + 1, f"it counts {number + 1} in the end")
        assert (0, "ok") == (server.stop()[0], integrity(server.database))
    for backup in tmp_path.glob("backup*.db"):
        assert "ok" == integrity(backup)


def test_both_files_of_a_backup_are_put_back(killed: Path, claude: Path) -> None:
    """Copied over the present ones: the journal is that of the backup, and not the one that was recorded."""
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{killed}{suffix}", killed.with_name(f"both{suffix}"))
    assert 0 == run_command("ingest", "--database", killed, "--config-dir", claude).code
    with Server(killed.parent, "--config-dir", claude) as server:
        server.wait_ready()
        grow(claude, 40)
        wait_for(server, 41)
        server.kill()
    for suffix in ("", "-wal"):
        shutil.copyfile(killed.with_name(f"both{suffix}"), f"{killed}{suffix}")
    shutil.rmtree(claude / "projects")
    (claude / "projects").mkdir()
    assert 40 == status_json(killed, "--config-dir", claude)["totals"]["responses"]
    assert "ok" == integrity(killed)


def test_the_number_of_the_device_may_change(killed: Path, claude: Path) -> None:
    """As after a restart of the machine, when disks are found in another order."""
    record = killed.with_name("tracker.db-owner")
    content = json.loads(record.read_text())
    content["database"][0] += 1
    record.write_text(json.dumps(content))
    assert "journal" not in run_command("ingest", "--database", killed, "--config-dir", claude).stderr
    assert 40 == status_json(killed, "--config-dir", claude)["totals"]["responses"]


def test_a_backup_restored_into_the_open_file(tmp_path: Path, claude: Path) -> None:
    """By SQLite itself, as `.backup` into it does: what the tracker knew of its files is not true any more."""
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        wait_until(lambda: "watching for changes" in server.said, "it has opened the database")
        backup = back_up(server.database, tmp_path / "backup.db")
        grow(claude, *range(20, 30))
        wait_for(server, 30)
        back_up(backup, server.database)
        grow(claude, 30)
        wait_for(server, 31)
        assert (0, "ok") == (server.stop()[0], integrity(server.database))
    assert 31 == status_json(server.database, "--config-dir", claude)["totals"]["responses"]


def test_a_folder_in_the_place_of_the_record_is_an_error(tmp_path: Path, claude: Path) -> None:
    (tmp_path / "tracker.db-owner").mkdir()
    for command in ("run", "ingest"):
        outcome = run_command(command, "--database", tmp_path / "tracker.db", "--config-dir", claude)
        assert (4, 1) == (outcome.code, outcome.stderr.count("is a folder: remove it"))


def test_without_a_place_for_the_second_lock_it_works(tmp_path: Path, claude: Path) -> None:
    (tmp_path / "cache").touch()
    options = ("--database", tmp_path / "tracker.db", "--config-dir", claude)
    for _ in range(2):
        assert 0 == run_command("ingest", *options, XDG_CACHE_HOME=str(tmp_path / "cache")).code


def test_another_database_that_comes_while_one_is_opened(
    tmp_path: Path, claude: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is noticed at once: the open one is not taken for the one at the path."""
    database, other = tmp_path / "tracker.db", tmp_path / "other.db"
    for path in (database, other):
        assert 0 == run_command("ingest", "--database", path, "--config-dir", claude).code
    prepared = opening._prepare

    def replaced(*arguments: Any) -> None:
        prepared(*arguments)
        os.replace(other, database)

    with monkeypatch.context() as patch:
        patch.setattr(opening, "_prepare", replaced)
        with pytest.raises(ReplacedError, match="while it was opened"):
            open_store(database, lambda _: None)
    open_store(database, lambda _: None).close()
    assert "ok" == integrity(database)
