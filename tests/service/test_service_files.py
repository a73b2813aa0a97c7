"""The files of the service: what the platform's own programs make of them."""

from __future__ import annotations

import os
import plistlib
import subprocess
from pathlib import Path

import pytest

from exporter.service import launchd, systemd
from exporter.service.definition import Start
from support.services import require_program

PROGRAM = ("/home/ada/my apps/claude-tracker", "run", "--database", '/home/ada/100%/"$HOME".db')
START = Start(PROGRAM, {"CLAUDE_CONFIG_DIR": "/home/ada/my claude", "TZ": "Europe/Berlin"})


def test_the_unit(tmp_path: Path) -> None:
    found = systemd.service(START, tmp_path)
    assert tmp_path / "systemd" / "user" / "claude-tracker.service" == found.file
    lines = found.content.splitlines()
    assert 'ExecStart="/home/ada/my apps/claude-tracker" "run" "--database" "/home/ada/100%%/\\"$$HOME\\".db"' in lines
    assert 'Environment="CLAUDE_CONFIG_DIR=/home/ada/my claude"' in lines
    assert 'Environment="TZ=Europe/Berlin"' in lines
    assert {"NoNewPrivileges=yes", "UMask=0077", "Restart=on-failure", "WantedBy=default.target"} <= set(lines)
    assert ("systemctl", "--user", "enable", "--now", "claude-tracker.service") in found.install


@pytest.mark.server
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    """It complains about unknown keys and wrong quoting, and about programs that are not there."""
    program = tmp_path / "my apps" / "claude-tracker"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    start = Start((str(program), "run", "--database", f"{tmp_path}/100%/a b.db"), START.variables)
    found = systemd.service(start, tmp_path)
    found.file.parent.mkdir(parents=True)
    found.file.write_text(found.content)
    verify = [require_program("systemd-analyze"), "--user", "verify", str(found.file)]
    runtime = {"XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(verify, capture_output=True, text=True, check=False, env=os.environ | runtime)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "claude-tracker" in line]
    assert (0, []) == (done.returncode, ours)


@pytest.mark.parametrize("part", ["a\nb", "a\0b", "a\rb"])
def test_no_unit_holds_a_line_break(tmp_path: Path, part: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        systemd.service(Start(("claude-tracker", part), {}), tmp_path)


def test_the_agent(tmp_path: Path) -> None:
    found = launchd.service(START, tmp_path, 501)
    assert tmp_path / "Library" / "LaunchAgents" / "org.claude-tracker.plist" == found.file
    assert {
        "Label": "org.claude-tracker",
        "ProgramArguments": list(PROGRAM),
        "EnvironmentVariables": dict(START.variables),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 10,
        "ExitTimeOut": 20,
        "ProcessType": "Background",
        "Umask": 0o077,
        "StandardOutPath": f"{tmp_path}/Library/Logs/claude-tracker.log",
        "StandardErrorPath": f"{tmp_path}/Library/Logs/claude-tracker.log",
    } == plistlib.loads(found.content.encode())
    assert [("launchctl", "bootstrap", "gui/501", str(found.file))] == list(found.install)
    assert ("launchctl", "kickstart", "-k", "gui/501/org.claude-tracker") == found.restart
