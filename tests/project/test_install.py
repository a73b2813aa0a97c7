"""`./start.sh install` for real: from a clean clone that is deleted, over an older version, and back.

pip finds the dependencies among the packages that the tests run with, so only the tracker itself is installed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from exporter import __version__
from exporter.ingest import lock
from support.installed import dependencies, output, require_network, run
from support.processes import SECONDS, wait_until
from support.services import PROJECT, free_port, require_program
from support.transcripts import assistant, write

pytestmark = [pytest.mark.server, pytest.mark.no_cover]

SCHEMA_6 = "exporter/store/database/schema_cache.py"
"""Came with version 6 of the tables: the commit before it is an older claude-tracker."""


class Machine:
    """An empty home with an installation, and a clone of this project."""

    def __init__(self, home: Path, clone: Path, path: Path) -> None:
        self.home = home
        self.clone = clone
        self.path = path
        self.app = home / ".local/share/claude-tracker/app"
        self.database = self.app.parent / "claude_usage.db"
        self.command = home / ".local/bin/claude-tracker"

    def do(self, *command: str | Path) -> str:
        """What a command prints."""
        done = run(*command, cwd=self.home, PYTHONPATH=str(self.path))
        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """The tracker in use, as a user starts it."""
        process = subprocess.Popen(
            [self.app / "current/bin/claude-tracker", "run", *arguments],
            cwd=self.home,
            env={**os.environ, "PYTHONPATH": str(self.path)},
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(lambda: self.tracker() and self.version(), "the tracker has made its database")
        return process

    def tracker(self) -> str | None:
        """The folder of the version whose tracker runs."""
        holder = lock.tracker_of(self.database)
        if holder is None:
            return None
        program = Path(psutil.Process(holder.pid).cmdline()[0])
        return program.relative_to(self.app).parts[0] if program.is_relative_to(self.app) else str(program)

    def version(self) -> int:
        """The version of the database's tables; 0 if there is none yet."""
        if not self.database.exists():
            return 0
        with closing(sqlite3.connect(self.database)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])

    def stop(self) -> None:
        holder = lock.tracker_of(self.database)
        if holder is not None:
            psutil.Process(holder.pid).terminate()
            wait_until(lambda: lock.tracker_of(self.database) is None, "it has stopped")


@pytest.fixture
def machine(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    require_network()
    monkeypatch.setenv("PYTHON", sys.executable)
    clone = tmp_path / "clone"
    output(require_program("git"), "clone", "--quiet", PROJECT, clone)
    write(home / ".claude" / "projects" / "-work" / "s1.jsonl", [assistant()])
    machine = Machine(home, clone, dependencies(tmp_path / "dependencies"))
    yield machine
    machine.stop()


def test_the_clone_may_be_deleted(machine: Machine) -> None:
    said = machine.do(machine.clone / "start.sh", "install")
    assert f"claude-tracker {__version__} is installed: {machine.command}\n" in said
    assert f"{machine.command.parent} is not on your PATH: add it in your shell's profile" in said
    shutil.rmtree(machine.clone)
    assert f"claude-tracker, version {__version__}\n" == machine.do(machine.command, "--version")
    assert "Read 1 line" in machine.do(machine.command, "ingest")
    done = run(machine.command, "rollback", PYTHONPATH=str(machine.path))
    assert (1, "Error: there is no version to go back to\n") == (done.returncode, done.stderr)
    there = {"PYTHONPATH": str(machine.path), "PATH": f"{pretended(machine.home.parent / 'bin')}:{os.environ['PATH']}"}
    done = run(machine.command, "setup", "--yes", DBUS_SESSION_BUS_ADDRESS="", DISPLAY="", cwd=machine.home, **there)
    assert (0, True) == (done.returncode, "Done. `claude-tracker uninstall` undoes all of it." in done.stdout)
    unit = (machine.home / ".config" / "systemd" / "user" / "claude-tracker.service").read_text()
    assert f'ExecStart="{machine.command}" "run"' in unit
    port = free_port()
    process = machine.start("--listen", f"127.0.0.1:{port}")
    done = run(machine.command, "open", cwd=machine.home, **there)
    assert (0, f"http://127.0.0.1:{port}/\n") == (done.returncode, done.stdout)
    machine.stop()
    process.wait(SECONDS)
    assert f"would remove the program: {machine.command}" in machine.do(machine.command, "uninstall", "--dry-run")
    assert (
        f"Removed the program: {machine.command}"
        in run(machine.command, "uninstall", "--yes", cwd=machine.home, **there).stdout
    )
    assert (False, False, True) == (
        os.path.lexists(machine.command),
        machine.app.exists(),
        machine.database.exists(),
    ), "the data stays"


def pretended(folder: Path) -> Path:
    """Programs that do nothing, so that no service and no browser of this machine is touched."""
    folder.mkdir()
    for name in ("systemctl", "xdg-open", "open"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return folder


def older(machine: Machine, folder: Path) -> None:
    """Put the last version with older tables into use, as if `./start.sh install` had done so."""
    git = [require_program("git"), "-C", str(PROJECT)]
    added = output(*git, "log", "--diff-filter=A", "--format=%H", "--", SCHEMA_6).split()
    if not added or run(*git, "cat-file", "-e", f"{added[-1]}^").returncode:
        pytest.skip("the history of this clone does not reach back to an older version of the tables")
    output(git[0], "clone", "--quiet", "--no-checkout", PROJECT, folder)
    output(git[0], "-C", folder, "checkout", "--quiet", f"{added[-1]}^")
    installed = machine.app / "0.1.0-1"
    machine.do(sys.executable, "-m", "venv", "--without-pip", installed)
    machine.do(installed / "bin" / "python", "-m", "pip", "install", "--quiet", folder)  # the tests' pip, by PYTHONPATH
    (machine.app / "current").symlink_to(installed.name)


def test_an_older_version_is_updated_with_its_database_and_gone_back_to(machine: Machine, tmp_path: Path) -> None:
    older(machine, tmp_path / "older")
    old = machine.start("--listen", f"127.0.0.1:{free_port()}")
    assert (5, "0.1.0-1") == (machine.version(), machine.tracker())
    said = machine.do(machine.clone / "start.sh", "install")
    assert 0 == old.wait(SECONDS)
    copied = machine.database.with_name(f"claude_usage.db.before-{__version__}")
    assert f"Copied the database to {copied}, because the new version changes it for good\n" in said
    assert (9, f"{__version__}-1") == (machine.version(), machine.tracker())
    assert "$0." in machine.do(machine.command, "report", "daily")
    said = machine.do(machine.clone / "start.sh", "install", "--back")
    assert "claude-tracker 0.1.0 is in use again\n" in said
    assert (5, "0.1.0-1") == (machine.version(), machine.tracker())
    assert "claude-tracker, version 0.1.0\n" == machine.do(machine.command, "--version")
    assert "$0." in machine.do(machine.command, "report", "daily")
