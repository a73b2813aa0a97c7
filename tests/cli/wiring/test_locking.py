"""One process at a time reads transcripts into a database; the others say who does, wait, or read without."""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from exporter.ingest import lock
from exporter.ingest.lock import COMMAND, TRACKER, Holder
from support.processes import Process, Server, run_command, runs, status_json, total_of, wait_until
from support.transcripts import append, assistant, write

pytestmark = pytest.mark.server

RESPONSES = 8_000
"""Enough for a read or a rebuild to last."""


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    """A Claude folder with one response of 10 tokens in, 20 out."""
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", [assistant()])
    return tmp_path / "claude"


@pytest.fixture(scope="module")
def big_claude(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("big")
    at = "2025-11-20T10:00:00.000Z"  # long over: the figures of a running block change with time
    responses = [assistant(f"msg_{n}", request=f"req_{n}", uuid=f"a{n}", at=at) for n in range(RESPONSES)]
    file = folder / "projects" / "-shop" / "s1.jsonl"
    write(file, responses)
    os.utime(file, (0, 0))  # quiet at each read, also at the first one
    return folder


@pytest.fixture
def server(tmp_path: Path, claude: Path) -> Iterator[Server]:
    """A tracker that runs and has read everything."""
    with Server(tmp_path, "--config-dir", claude) as running:
        yield running.wait_ready()


def test_a_second_run_says_where_the_first_is(server: Server, claude: Path) -> None:
    outcome = run_command("run", "--database", server.database, "--config-dir", claude, "--listen", "127.0.0.1:1")
    found = re.fullmatch(
        rf"claude-tracker is running: http://127\.0\.0\.1:{server.port}/ \(pid {server.pid}, since \d\d:\d\d\)\. "
        r"Stop it with `claude-tracker stop`\.\n",
        outcome.stdout,
    )
    assert (0, True, "") == (outcome.code, found is not None, outcome.stderr)


def test_detect_names_the_running_tracker(server: Server, claude: Path) -> None:
    outcome = run_command("detect", "--database", server.database, "--config-dir", claude)
    assert (3, "") == (outcome.code, outcome.stdout)
    assert outcome.stderr.startswith(f"Error: `claude-tracker run` (pid {server.pid}) is already keeping ")
    assert 1 == outcome.stderr.count("\n")


def test_stop_ends_the_running_tracker_and_open_says_where_it_is(server: Server, home: Path) -> None:
    opened = run_command("open", "--database", server.database, BROWSER="true", PATH=os.defpath)
    assert (0, f"http://127.0.0.1:{server.port}/\n") == (opened.code, opened.stdout)
    assert (0, f"Stopped (pid {server.pid}).\n", "") == run_command("stop", "--database", server.database)
    assert not runs(server.pid)
    assert (0, "No claude-tracker is running.\n", "") == run_command("stop", "--database", server.database)
    nobody = "Error: no claude-tracker is running: start it with `claude-tracker run`\n"
    assert (13, "", nobody) == run_command("open", "--database", server.database)


def test_stop_ends_nothing_that_only_a_lock_file_names(tmp_path: Path) -> None:
    """A file without its lock may name anybody: here the test itself."""
    database = tmp_path / "tracker.db"
    holder = Holder(os.getpid(), "tracker", "claude-tracker run", 1, address="http://127.0.0.1:1/")
    database.with_name("tracker.db.lock").write_bytes(msgspec.json.encode(holder))
    assert (0, "No claude-tracker is running.\n", "") == run_command("stop", "--database", database)


def test_ingest_during_run_names_the_running_process(server: Server, claude: Path) -> None:
    outcome = run_command("ingest", "--database", server.database, "--config-dir", claude)
    said = f"`claude-tracker run` (pid {server.pid}) is keeping {server.database} up to date; nothing to do\n"
    assert (0, said, "") == outcome


def test_status_during_run_shows_the_last_commit(server: Server, claude: Path) -> None:
    where = ("--database", server.database, "--config-dir", claude)
    assert re.search(r"  live, \d+ s ago\n", run_command("status", *where, COLUMNS="200").stdout)
    outcome = run_command("status", "--full", *where, COLUMNS="200")
    assert 0 == outcome.code, outcome.stderr
    said = f"Live (claude-tracker run, pid {server.pid}). Updated "
    assert said in " ".join(outcome.stdout.split())
    assert 20 == status_json(server.database, "--config-dir", claude)["totals"]["tokens"]["output"]


@pytest.mark.parametrize("command", ["rebuild", "reprice"])
def test_recomputing_during_run_is_refused(server: Server, command: str) -> None:
    outcome = run_command(command, "--database", server.database)
    assert (3, "") == (outcome.code, outcome.stdout)
    assert outcome.stderr.startswith(
        f"Error: `claude-tracker run` (pid {server.pid}) has been keeping {server.database}"
    )
    assert f"stop it before running `claude-tracker {command}`" in outcome.stderr


def test_run_waits_for_a_long_ingest_and_then_serves(tmp_path: Path, big_claude: Path) -> None:
    database = tmp_path / "tracker.db"
    with Process(tmp_path / "ingest.log", "ingest", "--database", database, "--config-dir", big_claude) as ingest:
        wait_until(lambda: lock.held_by(database), "ingest holds the lock")
        ingest.send_to_group(signal.SIGSTOP)
        with Server(tmp_path, "--config-dir", big_claude) as server:
            waiting = f"waiting for `claude-tracker ingest` (pid {ingest.pid}) to end\n"
            wait_until(lambda: waiting in server.said, "run says that it waits")
            assert (0, False) == (server.get("/-/healthy").status, database.exists())
            ingest.send_to_group(signal.SIGCONT)
            assert RESPONSES == total_of(server.wait_ready().samples(), "responses_total")
            assert 0 == ingest.wait()
            assert 1 == server.said.count("waiting for")


def test_run_waits_for_the_holder_of_the_lock(tmp_path: Path, claude: Path) -> None:
    held = lock.acquire(tmp_path / "tracker.db", Holder(os.getpid(), COMMAND, "claude-tracker reprice", 0))
    assert held is not None
    with Server(tmp_path, "--config-dir", claude) as server:
        wait_until(lambda: "waiting for `claude-tracker reprice`" in server.said, "run says that it waits")
        held.release()
        server.wait_ready()


def test_a_command_waits_for_another(tmp_path: Path, claude: Path) -> None:
    database = tmp_path / "tracker.db"
    held = lock.acquire(database, Holder(os.getpid(), COMMAND, "claude-tracker status", 0))
    assert held is not None
    with Process(tmp_path / "ingest.log", "ingest", "--database", database, "--config-dir", claude) as ingest:
        time.sleep(0.5)  # no event shows that it found the lock held
        assert (False, False) == (ingest.has_ended(), database.exists())
        held.release()
        assert 0 == ingest.wait()
    assert database.exists()


def test_status_during_another_command_shows_the_last_commit(tmp_path: Path, claude: Path) -> None:
    database = tmp_path / "tracker.db"
    run_command("ingest", "--database", database, "--config-dir", claude)
    append(claude / "projects" / "-shop" / "s1.jsonl", [assistant("msg_2", request="req_2", uuid="a2")])
    held = lock.acquire(database, Holder(os.getpid(), COMMAND, "claude-tracker ingest", 0))
    assert held is not None
    assert 1 == status_json(database, "--config-dir", claude)["totals"]["responses"]
    held.release()
    assert 2 == status_json(database, "--config-dir", claude)["totals"]["responses"]


def test_status_during_the_first_read_says_that_there_are_no_figures_yet(tmp_path: Path, claude: Path) -> None:
    held = lock.acquire(tmp_path / "tracker.db", Holder(os.getpid(), TRACKER, "claude-tracker run", 0))
    assert held is not None
    outcome = run_command("status", "--database", tmp_path / "tracker.db", "--config-dir", claude)
    held.release()
    assert (4, "") == (outcome.code, outcome.stdout)
    kept = f"Live (claude-tracker run, pid {os.getpid()})."
    assert f"Error: {tmp_path / 'tracker.db'} contains no data yet. {kept}\n" == outcome.stderr


def test_a_killed_process_releases_the_lock(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude) as killed:
        killed.wait_ready().kill()
    assert lock.held_by(killed.database) is not None, "its name stays in the file"
    outcome = run_command("ingest", "--database", killed.database, "--config-dir", claude)
    assert (0, True) == (outcome.code, outcome.stdout.startswith("Read 0 lines"))


def contents(database: Path) -> str:
    """A hash of everything the database holds, without what counts and times the commits and estimates themselves."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        connection.execute("BEGIN")
        commits = ("'sequence'", "'committed_at'", "'past'", "'calibrated'", "'sessions_with_total'")
        others = ("'recent_derived'", 'INTO "tracker_recent_changes"')
        lines = [
            _without_commit(line)
            for line in connection.iterdump()
            if not any(key in line for key in (*commits, *others))
        ]
    finally:
        connection.close()
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _without_commit(line: str) -> str:
    """Without the number of the commit that changed some seconds last."""
    return line.rpartition(",")[0] if line.startswith('INSERT INTO "tracker_recent_times"') else line


def damage(database: Path) -> None:
    """Figures that no recomputation would leave so, and prices that no list has."""
    connection = sqlite3.connect(database)
    connection.execute("UPDATE tracker_totals SET exact = exact + 1 WHERE family IN ('responses', 'cost')")
    connection.execute("UPDATE tracker_responses SET cost = cost + 1")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("command", ["rebuild", "reprice"])
def test_recomputing_is_all_or_nothing(tmp_path: Path, big_claude: Path, command: str) -> None:
    database = tmp_path / "tracker.db"
    options: list[str | Path] = ["--database", database]
    if command == "rebuild":
        options += ["--config-dir", big_claude]
    run_command("ingest", "--database", database, "--config-dir", big_claude)
    complete = contents(database)
    damage(database)
    damaged = contents(database)
    started = time.monotonic()
    assert 0 == run_command(command, *options).code
    lasts = time.monotonic() - started
    assert complete == contents(database)

    for kill in range(4):
        damage(database)
        with Process(tmp_path / "log", command, *options) as process:
            time.sleep((kill + random.random()) / 4 * lasts)
            process.kill()
        found = contents(database)
        assert found in {complete, damaged}
        if found == damaged:
            assert 0 == run_command(command, *options).code
