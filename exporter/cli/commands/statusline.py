"""`claude-tracker statusline`: what Claude Code runs to draw its status line. Light, quick, and never in the way.

It keeps its standard input as a file for the tracker, prints one line, and runs the command that drew the line
before. Whatever goes wrong, it ends with 0: a status line is no place to fail.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any, TypeGuard

HELP = """\
Usage: claude-tracker statusline [--database FILE] [--previous COMMAND]

  The statusLine command of Claude Code: hands what it says to the tracker and prints one line. Reads standard input.
  `claude-tracker setup statusline` puts it into Claude Code's settings.

Options:
  --database FILE     The database of the tracker; beside it lies what is handed over.
  --previous COMMAND  Runs with the same input; its output is printed too, and it is ended after 5 seconds.
"""
HOOK_HELP = """\
Usage: claude-tracker hook [--database FILE]

  A hook of Claude Code: hands what it says to the tracker, and prints nothing. Reads standard input.
  `claude-tracker setup hooks` puts it into Claude Code's settings.

Options:
  --database FILE     The database of the tracker; beside it lies what is handed over.
"""
MOST_BYTES = 4 << 20
PREVIOUS_SECONDS = 5.0


def main(arguments: list[str]) -> int:
    """Always 0."""
    if "--help" in arguments or "-h" in arguments:
        sys.stdout.write(HELP)
        return 0
    content = _given()
    previous = _start(_value_of(arguments, "--previous"), content)
    _spool(_value_of(arguments, "--database"), content)
    told = line_of(content, time.time())
    before = _output_of(previous)
    try:
        sys.stdout.buffer.write(before + told.encode() + b"\n")
        sys.stdout.flush()
    except (OSError, AttributeError):
        pass
    return 0


def hook(arguments: list[str]) -> int:
    """What Claude Code runs at a hook: hands its standard input to the tracker and says nothing. Always 0."""
    if "--help" in arguments or "-h" in arguments:
        sys.stdout.write(HOOK_HELP)
        return 0
    _spool(_value_of(arguments, "--database"), _given())
    return 0


def _given() -> bytes:
    try:
        return sys.stdin.buffer.read(MOST_BYTES)
    except (OSError, AttributeError):  # without a standard input there is none
        return b""


def _value_of(arguments: list[str], flag: str) -> str | None:
    for number, argument in enumerate(arguments):
        if argument == flag and number + 1 < len(arguments):
            return arguments[number + 1]
        if argument.startswith(f"{flag}="):
            return argument.partition("=")[2]
    return None


def _spool(database: str | None, content: bytes) -> None:
    """Write the input under a temporary name, and rename it to when and by whom it was written."""
    if not content.strip():
        return
    try:
        folder = spool_of(database or _default_database())
        os.makedirs(folder, mode=0o700, exist_ok=True)
        name = os.path.join(folder, f"{time.time_ns()}-{os.getpid()}.json")
        made = f"{name}.tmp"
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        os.rename(made, name)
    except OSError:
        return


def spool_of(database: str) -> str:
    """The folder beside a database that holds what waits for its tracker."""
    return f"{os.path.realpath(database)}.spool"


def _default_database() -> str:
    if named := os.environ.get("CLAUDE_TRACKER_DATABASE"):
        return os.path.expanduser(named)
    import platformdirs

    from exporter.cli.names import DATABASE_NAME, NAME

    return os.path.join(platformdirs.user_data_dir(NAME, appauthor=False), DATABASE_NAME)


def line_of(content: bytes, now: float) -> str:
    """Model, context, five hours and week with the time to their reset, cost; what is unknown is left out.

    `now`: seconds since 1970.
    """
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return "claude-tracker: nothing to show"
    limits = _in(told, "rate_limits")
    parts = [
        _text(_in(told, "model").get("display_name")),
        _percent("context", _in(told, "context_window").get("used_percentage")),
        _window("5h", _in(limits, "five_hour"), now),
        _window("week", _in(limits, "seven_day"), now),
        _dollars(_in(told, "cost").get("total_cost_usd")),
    ]
    return " | ".join(part for part in parts if part) or "claude-tracker: nothing to show"


def _in(told: dict[str, Any], key: str) -> dict[str, Any]:
    found = told.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return "".join(c for c in value if c.isprintable())[:40] if isinstance(value, str) else ""


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _percent(name: str, value: Any) -> str:
    return f"{name} {value:.0f}%" if _is_number(value) else ""


def _dollars(value: Any) -> str:
    return f"${value:,.2f}" if _is_number(value) else ""


def _window(name: str, window: dict[str, Any], now: float) -> str:
    """Void once it was reset, and above 101 as the known bug that it is."""
    used, resets = window.get("used_percentage"), window.get("resets_at")
    if not _is_number(used) or not 0 <= used <= 101:
        return ""
    if isinstance(resets, str):
        from exporter.domain.calendar.timestamp import parse

        resets = (parse(resets) or 0) / 1000
    if not _is_number(resets) or resets <= 0:
        return _percent(name, used)
    left = (resets / 1000 if resets >= 1e11 else resets) - now
    return f"{_percent(name, used)} ({_duration(left)} left)" if left > 0 else ""


def _duration(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h{minutes % 60:02d}m" if minutes < 1440 else f"{minutes // 1440}d{minutes % 1440 // 60}h"


def _start(command: str | None, content: bytes) -> Any:
    """The previous command, running on the same input; None where there is none."""
    if not command:
        return None
    import subprocess
    import tempfile

    try:
        with tempfile.TemporaryFile() as given:
            given.write(content)
            given.seek(0)
            return subprocess.Popen(
                command, shell=True, stdin=given, stdout=subprocess.PIPE, start_new_session=os.name == "posix"
            )
    except OSError:
        return None


def _output_of(process: Any) -> bytes:
    """What it printed within its time, with a newline at the end."""
    if process is None:
        return b""
    import signal
    import subprocess

    try:
        output: bytes = process.communicate(timeout=PREVIOUS_SECONDS)[0]
    except subprocess.TimeoutExpired as error:
        output = error.output or b""
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
    return output.rstrip(b"\n") + b"\n" if output.strip() else b""
