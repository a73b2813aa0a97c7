"""What is read from settings, units, agents and mounts; and the command that raises a limit."""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

import pytest

from exporter.doctor import machine
from exporter.doctor.configuration import holds_secret
from exporter.doctor.gather import system
from exporter.doctor.settings import own_program, parse_settings
from support.installation import Installation

HOOK = '{"hooks": {"StopFailure": [{"hooks": [{"type": "command", "command": "claude-tracker hook"}]}]}}'


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param("/opt/x/claude-tracker statusline", "/opt/x/claude-tracker", id="a path"),
        pytest.param("claude-tracker statusline --database /d", "claude-tracker", id="a name"),
        pytest.param("'/a b/claude-tracker' statusline", "/a b/claude-tracker", id="quoted"),
        pytest.param("/v/bin/python3 -m exporter statusline", "/v/bin/python3", id="a Python"),
        pytest.param("env A=1 claude-tracker statusline", "claude-tracker", id="behind another"),
        pytest.param("other statusline", None, id="another program"),
        pytest.param("claude-tracker run", None, id="another command"),
        pytest.param("claude-tracker 'statusline", None, id="an open quote"),
        pytest.param(None, None, id="none"),
    ],
)
def test_the_program_of_a_command(command: str | None, expected: str | None) -> None:
    assert expected == own_program(command, "statusline")


@pytest.mark.parametrize(
    ("text", "status_line", "hooks", "problem"),
    [
        pytest.param("", None, (), None, id="empty"),
        pytest.param('\ufeff{"statusLine": {"command": "x"}}', "x", (), None, id="a byte order mark"),
        pytest.param('{"statusLine": "x", "hooks": []}', None, (), None, id="another form"),
        pytest.param(HOOK, None, ("claude-tracker hook",), None, id="a hook"),
        pytest.param('{"hooks": {"StopFailure": [null, {"hooks": null}, {"hooks": [1]}]}}', None, (), None, id="junk"),
        pytest.param("// comment", None, (), "it is not plain JSON", id="no JSON"),
    ],
)
def test_settings(text: str, status_line: str | None, hooks: tuple[str, ...], problem: str | None) -> None:
    found = parse_settings("s.json", text.encode())
    assert (status_line, hooks, problem) == (found.status_line, found.hooks, found.problem)


def agent(sound: Installation, content: dict[str, Any], state: str | None) -> None:
    file = sound.root / "org.claude-tracker.plist"
    file.write_bytes(plistlib.dumps(content))
    sound.place = sound.place._replace(service=sound.place.service._replace(manager="launchd", file=file))
    sound.machine(run=lambda command: state)


def test_a_launchd_agent(sound: Installation) -> None:
    agent(sound, {"ProgramArguments": [str(sound.program), "run"]}, "gui/501/x = {\n\tstate = running\n}")
    found = sound.checks()
    assert ("ok", "The service is running.") == (found["service_active"].status, found["service_active"].message)
    assert f"The service starts {sound.program}." == found["service_command"].message
    agent(sound, {"Label": "x"}, "")
    found = sound.checks()
    assert "The service is installed but not loaded." == found["service_active"].message
    assert "The service's file names no program." == found["service_command"].message


@pytest.mark.parametrize(
    ("line", "program"),
    [
        pytest.param("ExecStart=/opt/claude-tracker run", "/opt/claude-tracker", id="plain"),
        pytest.param('ExecStart=-"/a b/claude-tracker" run', "/a b/claude-tracker", id="quoted, failures ignored"),
        pytest.param("ExecStart=%h/.local/bin/claude-tracker run", "HOME/.local/bin/claude-tracker", id="the home"),
    ],
)
def test_a_systemd_unit(sound: Installation, home: Path, line: str, program: str) -> None:
    sound.unit.write_text(f"[Unit]\nDescription=x\n[Service]\n{line}\n")
    assert program.replace("HOME", str(home)) == system.service(sound.place).program


def test_a_manager_that_does_not_answer_is_no_fault(sound: Installation) -> None:
    sound.machine(run=lambda command: None)
    assert "ok" == sound.checks()["service_active"].status


def test_this_machine_answers(tmp_path: Path) -> None:
    here = system.this_machine()
    assert here.filesystem(tmp_path)
    assert (here.free_bytes(tmp_path) or 0) > 0
    assert None is here.free_bytes(tmp_path / "none")
    assert (True, False) == (here.has_program("sh"), here.has_program("/nowhere/sh"))
    assert ("x\n", None) == (here.run(["echo", "x"]), here.run(["/nowhere/x"]))
    assert here.can_watch() in (True, False)


def test_the_remedy_raises_the_limit() -> None:
    remedy = machine.check_watches(machine.WatchFacts(8_192, 128, 200_000)).remedy
    assert (
        "Run `echo fs.inotify.max_user_watches=800000 | sudo tee /etc/sysctl.d/60-max-user-watches.conf` and"
        " `sudo sysctl --system`, then restart the tracker."
    ) == remedy
    remedy = machine.check_watch_instances(machine.WatchFacts(8_192, 128, 1, can_watch=False)).remedy
    assert remedy is not None
    assert "fs.inotify.max_user_instances=512" in remedy


def test_other_systems_have_no_limit_of_watches(sound: Installation) -> None:
    sound.machine(platform="darwin", can_watch=lambda: False)
    assert {"ok"} == {sound.checks()[name].status for name in ("watches", "watch_instances")}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"token": "x"}, True),
        ({"run": {"token": "x"}}, True),
        ({"webhook-url": "https://u:p@example.org/"}, True),
        ({"webhook-url": "https://example.org/", "token": ""}, False),
        ({"netlify-token-file": "~/token"}, False),
    ],
)
def test_a_secret_in_the_configuration(values: dict[str, object], expected: bool) -> None:
    assert expected is holds_secret(values)
