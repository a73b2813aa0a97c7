"""Trackers that run are found, stopped, and started again as they were."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from exporter.errors import InstallationError
from exporter.installation import running
from exporter.installation.running import TrackerProcess, find_trackers, length_of_program
from support.processes import Process, Server, runs, wait_until

pytestmark = pytest.mark.server


@pytest.mark.parametrize(
    ("command_line", "length"),
    [
        (["/app/1.0.0-1/bin/python3", "/home/ada/.local/bin/claude-tracker", "run", "--listen", "127.0.0.1:1"], 2),
        (["python", "-P", "-m", "exporter", "run"], 4),
        (["claude-tracker", "detect"], 1),
        (["python", "-m", "another", "claude-tracker.py"], 0),
        (["bash"], 0),
    ],
)
def test_the_program_ends_where_its_arguments_start(command_line: list[str], length: int) -> None:
    assert length == length_of_program(command_line)


def found(database: Path, app: Path = Path("/nowhere")) -> list[TrackerProcess]:
    trackers = find_trackers(database, app, database.parent / "tracker.log")
    assert all(isinstance(one, TrackerProcess) for one in trackers)
    return [one for one in trackers if isinstance(one, TrackerProcess)]


def test_a_tracker_is_stopped_and_started_again_as_it_was(tmp_path: Path) -> None:
    command = tmp_path / "another"
    command.write_text(f'#!/bin/sh\nexport STARTED=again\nexec "{sys.executable}" -m exporter "$@"\n')
    command.chmod(0o755)
    with Server(tmp_path, "--config-dir", tmp_path, CLAUDE_TRACKER_WARN_AT="70") as server:
        server.wait_ready()
        (tracker,) = found(server.database)
        assert (server.pid, [server.database]) == (tracker.pid, tracker.databases)
        assert f"`claude-tracker run` (pid {server.pid})" == str(tracker)
        tracker.stop()
        assert not runs(server.pid)
        assert [] == found(server.database)
        again = tracker.start(command)
        try:
            wait_until(lambda: server.get("/-/ready").status == 200, "it serves on the same port")
            (seen,) = found(server.database)
            assert (again.pid, tracker.arguments) == (seen.pid, seen.arguments)
            assert ("70", "again") == (seen.environment["CLAUDE_TRACKER_WARN_AT"], seen.environment["STARTED"])
            assert os.getcwd() == str(seen.folder)
        finally:
            again.stop()


def test_trackers_of_other_databases_are_found_only_if_they_run_from_the_installation(tmp_path: Path) -> None:
    with Server(tmp_path, "--config-dir", tmp_path) as server:
        server.wait_ready()
        other = tmp_path / "other.db"
        assert [] == found(other)
        app = Path(sys.executable).parents[2]
        ours = [(one.pid, one.databases) for one in found(other, app) if one.pid == server.pid]
        assert [(server.pid, [server.database])] == ours


def test_a_command_that_holds_the_lock_for_a_moment_is_not_a_tracker(tmp_path: Path) -> None:
    with Process(tmp_path / "log", "ingest", "--database", tmp_path / "t.db", "--config-dir", tmp_path) as process:
        assert [] == found(tmp_path / "t.db")
        process.wait()


def test_one_that_does_not_start_again_is_reported_with_its_log(tmp_path: Path) -> None:
    environment = dict(os.environ)
    tracker = TrackerProcess(1, tmp_path / "t.db", [], ["run"], environment, tmp_path, tmp_path / "log")
    with pytest.raises(InstallationError, match=rf"`claude-tracker run` \(pid 1\) does not start .*{tmp_path}/log"):
        tracker.start(Path("/bin/false"))
    with pytest.raises(InstallationError, match="cannot start /nowhere/claude-tracker: No such file or directory"):
        tracker.start(Path("/nowhere/claude-tracker"))


def test_one_whose_port_is_in_use_does_not_start_again(tmp_path: Path) -> None:
    """It takes its database's lock, and ends a moment later."""
    with Server(tmp_path, "--config-dir", tmp_path) as server:
        server.wait_ready()
        words = ["-m", "exporter", "run", "--database", str(tmp_path / "b.db"), "--listen", f"127.0.0.1:{server.port}"]
        tracker = TrackerProcess(1, tmp_path / "b.db", [], words, dict(os.environ), tmp_path, tmp_path / "log")
        with pytest.raises(InstallationError, match="does not start again"):
            tracker.start(Path(sys.executable))


def test_one_that_keeps_running_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "STOP_SECONDS", 0.3)
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); time.sleep(60)"
    )
    with psutil.Popen([sys.executable, "-c", script], stdout=-1) as process:
        process.stdout.readline()
        tracker = TrackerProcess(process.pid, tmp_path / "t.db", [], ["run"], {}, tmp_path, tmp_path / "log")
        with pytest.raises(InstallationError, match="does not stop: stop it, then try again"):
            tracker.stop()
        process.kill()
        process.wait()
