"""A service that an update stops and starts: by the platform's own command, until the tracker has ended or runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from exporter.cli.wiring import running_service
from exporter.errors import InstallationError
from support.processes import Server
from support.services import PROJECT
from support.transcripts import assistant, write

pytestmark = [pytest.mark.server, pytest.mark.skipif(sys.platform != "linux", reason="with systemd")]

SYSTEMCTL = """\
#!/bin/sh
echo "$*" >> "{folder}/calls"
case "$*" in
  *is-active*) exit {active} ;;
  *stop*) PYTHONPATH="{project}" "{python}" -m exporter stop --database "{database}" ;;
esac
"""


def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Path, *, active: int = 0) -> Path:
    """A systemctl of our own. Returns the file with its calls."""
    names = {"folder": tmp_path, "project": PROJECT, "python": sys.executable, "database": database, "active": active}
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(SYSTEMCTL.format(**names))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return tmp_path / "calls"


def install(home: Path) -> None:
    unit = home / ".config" / "systemd" / "user" / "claude-tracker.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Unit]\n")


def test_none_without_its_file_or_while_it_does_not_run(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(tmp_path, monkeypatch, tmp_path / "x.db", active=3)
    assert running_service.running_service(tmp_path / "x.db") is None
    install(home)
    assert running_service.running_service(tmp_path / "x.db") is None


def test_it_is_stopped_and_its_start_is_waited_for(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", [assistant()])
    install(home)
    with Server(tmp_path, "--config-dir", tmp_path / "claude") as server:
        server.wait_ready()
        calls = pretend(tmp_path, monkeypatch, server.database)
        found = running_service.running_service(server.database)
        assert found is not None
        assert [server.database] == list(found.databases)
        found.stop()
        assert server.has_ended()
        monkeypatch.setattr(running_service, "WAIT_SECONDS", 0.3)
        with pytest.raises(InstallationError, match="does not start again"):
            found.start(None)
    asked = [line.replace("--user ", "") for line in calls.read_text().splitlines()]
    assert [
        "--quiet is-active claude-tracker.service",
        "stop claude-tracker.service",
        "start claude-tracker.service",
    ] == asked
