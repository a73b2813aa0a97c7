"""Hundreds of processes that live for 0.6 to 3 s, each with its record and transcript: each is one session.

Only those that this test started are looked at: the tracker sees the other processes of the machine too.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from support.processes import Server
from support.sampling import sample_or_all
from support.services import PROJECT
from support.sessions import Processes
from support.short_runs import Client, ShortRun, plan
from support.tracker import LATER, Tracker

pytestmark = [pytest.mark.server, pytest.mark.long]

COUNT = sample_or_all(25, 500)
AT_ONCE = 25
NO_EVENTS = """
from watchdog.observers import Observer

def start(self):
    raise OSError("no events in this test")

Observer.start = start
"""
"""Python runs it before the command: nothing can be watched."""


Row = tuple[str, int | None, bool]
"""Of a session: its id, the pid of its process, and whether it is active."""


def rows_of(database: Path, runs: list[ShortRun]) -> list[Row]:
    """The rows that have the session id, or the process, of one of these runs."""
    pids, names = {run.pid for run in runs}, {run.session for run in runs}
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT id, process_id, is_active FROM real_sessions")
        return [(name, pid, bool(active)) for name, pid, active in rows if name in names or pid in pids]


def ended_runs(database: Path, runs: list[ShortRun]) -> Counter[str]:
    """How many starts with an end there are of each session: of a run that did not end, none."""
    names = {run.session for run in runs}
    with closing(sqlite3.connect(database)) as connection:
        all_runs = connection.execute("SELECT session_id, observed FROM tracker_runs").fetchall()
        totals = dict(
            connection.execute(
                "SELECT family, sum(exact) FROM tracker_totals"
                " WHERE family IN ('sessions_started', 'session_duration_bucket') GROUP BY family"
            )
        )
    observed = [session for session, length in all_runs if length is not None]
    assert (len(all_runs), len(observed)) == (totals["sessions_started"], totals["session_duration_bucket"])
    started = Counter(session for session, _ in all_runs if session in names)
    assert started == Counter(session for session in observed if session in names)
    return started


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait for it a while; what is not so then is for the test to show."""
    until = time.monotonic() + 40
    while not condition() and time.monotonic() < until:
        time.sleep(0.2)


def test_each_is_one_session_with_its_name(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    client, runs = Client(claude, tmp_path / "work", AT_ONCE), plan(COUNT, seed=1)
    with (
        Processes(tmp_path / "bin") as processes,
        Server(tmp_path, "--config-dir", claude, "--processes") as server,
    ):
        server.wait_ready()
        client.run(processes, runs)
        expected = sorted((run.session, run.pid, False) for run in runs)
        wait_for(lambda: expected == sorted(rows_of(server.database, runs)))
        assert 0 == server.stop()[0]
    assert expected == sorted(rows_of(server.database, runs))
    assert {run.session: 1 for run in runs} == ended_runs(server.database, runs)


def test_by_samples_alone_none_is_two_and_none_that_wrote_is_lost(tmp_path: Path) -> None:
    """Which of two processes in one folder wrote a transcript, and which failed before, no sample can show: so a
    session may have the other one's process. Each process and each session is one row all the same.
    """
    claude = tmp_path / "claude"
    client, runs = Client(claude, tmp_path / "work", AT_ONCE), plan(COUNT, seed=2)
    patch = tmp_path / "patch"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(NO_EVENTS)
    with (
        Processes(tmp_path / "bin") as processes,
        Server(tmp_path, "--config-dir", claude, "--processes", PYTHONPATH=f"{patch}:{PROJECT}") as server,
    ):
        server.wait_ready()
        client.run(processes, runs)
        wrote = {run.session for run in runs if run.writes}

        def is_settled() -> bool:
            rows = rows_of(server.database, runs)
            ended = {name for name, _, is_active in rows if not is_active}
            return wrote <= ended and len(rows) <= len(runs)

        wait_for(is_settled)
        assert 0 == server.samples()["watched_folders", ("events",)]
        assert 0 == server.stop()[0]
    with Tracker(server.database, claude / "projects", now=LATER) as tracker:
        tracker.see()
    rows = rows_of(server.database, runs)
    by_pid = Counter(pid for _, pid, _ in rows if pid is not None)
    assert [] == [pid for pid, count in by_pid.items() if count > 1], "no process is two sessions"
    assert len(rows) <= len(runs), "none is one session by its process and another by its transcript"
    assert wrote <= {name for name, _, _ in rows}
    ended = ended_runs(server.database, runs)
    assert dict.fromkeys(wrote, 1) == {name: ended[name] for name in wrote}
