"""Installs, removes and asks the service of the platform."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from exporter.cli.names import as_called
from exporter.cli.output import say, say_lines
from exporter.cli.setup.claude import own_program
from exporter.cli.setup.prompts import ask_to_write, difference
from exporter.cli.setup.record import Record
from exporter.cli.wiring import stopping
from exporter.errors import ServiceError
from exporter.files import read_file
from exporter.service import platform
from exporter.service.definition import Command, Service, Start

VARIABLES = ("CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "TZ")
"""What decides where the tracker reads and writes: at login a shell's variables are not set."""
MAX_BYTES = 1 << 20


def of_platform(arguments: Sequence[str]) -> Service:
    """The service that runs us with these arguments. Raises ServiceError where the platform has none."""
    start = Start([*own_program(sys.argv[0]), *arguments], _variables())
    try:
        found = platform.service(start)
    except ValueError as error:
        raise ServiceError(f"this cannot be started as a service: {error}") from error
    if found is None:
        raise ServiceError(_windows_steps(start.program))
    return found


def _variables() -> dict[str, str]:
    return {name: value for name in VARIABLES if (value := os.environ.get(name))}


def _windows_steps(program: Sequence[str]) -> str:
    command = subprocess.list2cmdline(program)
    return (
        "there is no service for Windows yet; start it at login with: "
        f'schtasks /Create /SC ONLOGON /TN claude-tracker /TR "{command}"'
    )


def install(service: Service, database: Path, record: Record, *, dry_run: bool, yes: bool) -> bool:
    """Write the file and start the service, after showing it and asking. Returns whether that is done.

    A tracker that runs by hand ends, so that the service can take its place. Raises ServiceError, SettingsError.
    """
    before = _content(service.file)
    if before == service.content:
        say(f"{service.file} is already up to date.")
    else:
        say_lines(difference(service.file, before, service.content))
    for command in service.install:
        say(f"Then: {' '.join(command)}")
    if dry_run:
        say("Dry run: nothing was written.")
        return True
    _need(service.install)
    if before != service.content:
        if not ask_to_write(service.file, yes=yes):
            return False
        _write(service.file, service.content, record, is_new=not before)
    if (stopped := stopping.stop(database)) is not None:
        say(f"Stopped {stopped}: the service takes its place.")
    for command in service.install:
        _run(command)
    say(f"Installed: the tracker runs, and starts again at each login. {as_called(service.advice)}")
    return True


def remove(service: Service, record: Record, *, dry_run: bool, yes: bool) -> bool:
    """Stop the service and remove its file, after asking. Returns whether that is done."""
    if not service.file.exists():
        say("The service is not installed.")
        return True
    for command in service.remove:
        say(f"First: {' '.join(command)}")
    say_lines(difference(service.file, _content(service.file), ""))
    if dry_run:
        say("Dry run: nothing was removed.")
        return True
    if not ask_to_write(service.file, yes=yes):
        return False
    for command in service.remove:
        _try(command)
    service.file.unlink(missing_ok=True)
    record.forget(service.file)
    for command in service.clean:
        _try(command)
    say(f"Removed {service.file}.")
    return True


def control(service: Service, command: Command) -> None:
    """Run one of the service's commands, whose output the user sees. Raises ServiceError."""
    if not service.file.exists():
        raise ServiceError("the service is not installed: run `claude-tracker service install`")
    _need([command])
    status = subprocess.run(command, check=False).returncode
    if status:
        raise ServiceError(f"{' '.join(command)} failed (exit code {status})")


def _need(commands: Sequence[Command]) -> None:
    for command in commands:
        if shutil.which(command[0]) is None:
            raise ServiceError(
                f"there is no {command[0]} here, so no service can be installed; start `claude-tracker run` at login"
                " in the way of your system"
            )


def _run(command: Command) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        output = (done.stderr or done.stdout).strip().splitlines()
        because = f": {output[-1]}" if output else ""
        raise ServiceError(
            f"{' '.join(command)} failed (exit code {done.returncode}){because}; the file stays, so that you can run it"
            " in your own session"
        )


def _try(command: Command) -> None:
    """What is stopped already, or never was started, cannot be stopped."""
    if shutil.which(command[0]) is not None:
        subprocess.run(command, capture_output=True, check=False)


def _content(file: Path) -> str:
    try:
        return read_file(file, MAX_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ServiceError(f"cannot read {file}: {error.strerror}") from error


def _write(file: Path, content: str, record: Record, *, is_new: bool) -> None:
    record.make_folder(file.parent)
    try:
        file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise ServiceError(f"cannot write {file}: {error.strerror}") from error
    if is_new:
        record.add(file)
    say(f"Wrote {file}.")
