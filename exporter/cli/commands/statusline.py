"""`claude-tracker statusline`: the command that Claude Code runs to print its status line. Light, fast, never fails.

It saves its standard input as a file for the tracker, prints one line, and runs the previous status line command.
It always exits with 0, so that it never breaks Claude Code's display.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any, TypeGuard

from exporter.cli.names import spool_folder
from exporter.domain.percent import whole_percent
from exporter.domain.text import as_utf8, visible
from exporter.sources.limits.spool import Kind, write_spool_file

HELP = """\
Usage: claude-tracker statusline [--database FILE] [--previous COMMAND]

  Print Claude Code's status line and record its limits. Claude Code runs this as its statusLine command, with JSON on
  standard input. `claude-tracker setup statusline` adds it to Claude Code's settings.

Options:
  --database FILE     Database of the tracker. The input is saved next to it.
  --previous COMMAND  Command to run with the same input. Its output is printed first; it is stopped after 5 seconds.
"""
HOOK_HELP = """\
Usage: claude-tracker hook [--database FILE]

  Record the input of a Claude Code hook for the tracker. Reads JSON from standard input and prints nothing.
  `claude-tracker setup hooks` adds it to Claude Code's settings.

Options:
  --database FILE     Database of the tracker. The input is saved next to it.
"""
MAX_BYTES = 4 << 20
PREVIOUS_SECONDS = 5.0


def main(arguments: list[str]) -> int:
    """Returns 0 always."""
    if "--help" in arguments or "-h" in arguments:
        sys.stdout.write(HELP)
        return 0
    content = _read_stdin()
    previous = _start(_value_of(arguments, "--previous"), content)
    _spool(_value_of(arguments, "--database"), content, "status")
    status = format_line(content, time.time())
    before = _output_of(previous)
    try:
        sys.stdout.buffer.write(before + status.encode() + b"\n")
        sys.stdout.flush()
    except (OSError, AttributeError):
        pass
    return 0


def hook(arguments: list[str]) -> int:
    """The hook command: saves its standard input for the tracker and prints nothing. Returns 0 always."""
    if "--help" in arguments or "-h" in arguments:
        sys.stdout.write(HOOK_HELP)
        return 0
    _spool(_value_of(arguments, "--database"), _read_stdin(), "hook")
    return 0


def _read_stdin() -> bytes:
    try:
        return sys.stdin.buffer.read(MAX_BYTES)
    except (OSError, AttributeError):  # there is no standard input
        return b""


def _value_of(arguments: list[str], flag: str) -> str | None:
    for number, argument in enumerate(arguments):
        if argument == flag and number + 1 < len(arguments):
            return arguments[number + 1]
        if argument.startswith(f"{flag}="):
            return argument.partition("=")[2]
    return None


def _spool(database: str | None, content: bytes, kind: Kind) -> None:
    """Save the input for the tracker."""
    if not content.strip():
        return
    try:
        write_spool_file(spool_folder(database or _default_database()), content, kind)
    except (OSError, ValueError):  # a NUL in the path
        return


def _default_database() -> str:
    if named := os.environ.get("CLAUDE_TRACKER_DATABASE"):
        return os.path.expanduser(named)
    import platformdirs

    from exporter.cli.names import DATABASE_NAME, NAME

    return os.path.join(platformdirs.user_data_dir(NAME, appauthor=False), DATABASE_NAME)


def format_line(content: bytes, now: float) -> str:
    """Model, context, the 5-hour and weekly limits with the time to their reset, and cost; without unknown parts.

    `now`: seconds since 1970.
    """
    try:
        status = json.loads(as_utf8(content))
    except (ValueError, RecursionError):
        status = None
    if not isinstance(status, dict):
        return "claude-tracker: nothing to show"
    limits = _object(status, "rate_limits")
    parts = [
        _text(_object(status, "model").get("display_name")),
        _percent("context", _object(status, "context_window").get("used_percentage")),
        _window("5h", _object(limits, "five_hour"), now),
        _window("week", _object(limits, "seven_day"), now),
        _dollars(_object(status, "cost").get("total_cost_usd")),
    ]
    return " | ".join(part for part in parts if part) or "claude-tracker: nothing to show"


def _object(status: dict[str, Any], key: str) -> dict[str, Any]:
    found = status.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return visible(value[:40])[:40] if isinstance(value, str) else ""


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _percent(name: str, value: Any) -> str:
    return f"{name} {whole_percent(value)}%" if _is_number(value) else ""


def _dollars(value: Any) -> str:
    return f"${value:,.2f}" if _is_number(value) else ""


def _window(name: str, window: dict[str, Any], now: float) -> str:
    """Empty once the window has reset, and above 101, which is a known bug of Claude Code."""
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
    """Start the previous command on the same input; None if there is none."""
    if not command:
        return None
    import subprocess
    import tempfile

    try:
        with tempfile.TemporaryFile() as standard_input:
            standard_input.write(content)
            standard_input.seek(0)
            return subprocess.Popen(
                command, shell=True, stdin=standard_input, stdout=subprocess.PIPE, start_new_session=os.name == "posix"
            )
    except OSError:
        return None


def _output_of(process: Any) -> bytes:
    """Its output until the timeout, ending with a newline."""
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
