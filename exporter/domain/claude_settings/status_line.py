"""Adds our `statusLine` command to Claude Code's settings, and removes it again.

Our command runs the command that was there before. Both functions change the text of the settings and leave the
rest of it as it is.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from exporter.domain.claude_settings.json_text import (
    NEW,
    Member,
    append_member,
    format_value,
    members_at,
    object_members,
    remove_member,
    replace_value,
    style_of,
)

KEY = "statusLine"
SUBCOMMAND = "statusline"
_NAMES = ("claude-tracker", "claude-tracker.exe")
_UNKNOWN_FORM = f"its {KEY} already runs claude-tracker, in a form that setup does not write"
_OPTIONS = ("--database", "--previous")


class OwnCommand(NamedTuple):
    """A command of ours. `previous`: the command it replaced and runs, None if there was none."""

    previous: str | None


def build_command(program: Sequence[str], database: str | None, previous: str | None) -> str:
    """Build our command for a shell. `program`: the words that start us. `database`: None for the default one."""
    words = [*program, SUBCOMMAND]
    words += ["--database", database] if database is not None else []
    words += ["--previous", previous] if previous is not None else []
    return shlex.join(words)


def parse_own_command(command: str) -> OwnCommand | None:
    """Parse a command of ours; None if it is another program's.

    Raises ValueError if it starts us in a form that cannot be parsed.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    if SUBCOMMAND not in words:
        return None
    at = words.index(SUBCOMMAND)
    program, rest = words[:at], words[at + 1 :]
    length = own_program_length(program)
    if length is None:
        return None
    options: dict[str, str] = {}
    while rest:
        flag, equals, value = rest.pop(0).partition("=")
        if flag not in _OPTIONS or not (equals or rest):
            raise ValueError(_UNKNOWN_FORM)
        options[flag] = value if equals else rest.pop(0)
    if len(program) > length:
        raise ValueError(_UNKNOWN_FORM)
    return OwnCommand(options.get("--previous"))


def own_program_length(program: Sequence[str]) -> int | None:
    """How many words at the end of `program` start us; None if they start something else."""
    if program and PurePath(program[-1].replace("\\", "/")).name in _NAMES:
        return 1
    return 3 if list(program[-2:]) == ["-m", "exporter"] else None


def build_setting(command: str) -> dict[str, Any]:
    """The setting for a command where there was no status line."""
    return {"type": "command", "command": command, "padding": 0}


def settings_lines(command: str) -> str:
    """The lines to add to a settings file by hand."""
    return f'{NEW.indent}"{KEY}": {format_value(build_setting(command), NEW)}'


def add_status_line(text: str, program: Sequence[str], database: str | None) -> str:
    """Return the settings with our command, which runs the previous one. An empty text stands for an absent file.

    Raises ValueError if the settings are not plain JSON, or the status line does not have the form Claude Code uses.
    """
    if not text.strip(" \t\r\n"):
        text = "{}\n"
    members = object_members(text)
    style = style_of(text, members)
    member = _find_status_line(members)
    if member is None:
        return append_member(text, members, KEY, build_setting(build_command(program, database, None)), style)
    command = _find_command(text, member)
    if command is None:
        new_setting = build_setting(build_command(program, database, None))
        value = (
            new_setting
            if member.value is None
            else {**member.value, "type": new_setting["type"], "command": new_setting["command"]}
        )
        return replace_value(text, member, value, style)
    ours = parse_own_command(command.value)
    previous = command.value if ours is None else ours.previous
    return replace_value(text, command, build_command(program, database, previous), style)


def remove_status_line(text: str) -> str:
    """Return the settings with the previous command in place of ours; with no status line if there was none.

    Raises ValueError if the settings are not plain JSON, or run ours in a form that cannot be parsed.
    """
    if not text.strip(" \t\r\n"):
        return text
    members = object_members(text)
    member = _find_status_line(members)
    command = _find_command(text, member) if member is not None else None
    ours = parse_own_command(command.value) if command is not None else None
    if member is None or command is None or ours is None:
        return text
    if ours.previous is None:
        return remove_member(text, members, member)
    return replace_value(text, command, ours.previous, style_of(text, members))


def _find_status_line(members: list[Member]) -> Member | None:
    """Return the status line member; the last one if there are two, as Claude Code reads them."""
    return next((member for member in reversed(members) if member.key == KEY), None)


def _find_command(text: str, member: Member) -> Member | None:
    """Return the command of a status line, None if it has none. Raises ValueError if it is not an object."""
    if member.value is None:
        return None
    if not isinstance(member.value, dict):
        raise ValueError(f"its {KEY} is not an object")
    inside = reversed(members_at(text, member.value_start))
    found = next((one for one in inside if one.key == "command"), None)
    return found if found is not None and isinstance(found.value, str) else None
