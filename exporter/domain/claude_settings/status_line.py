"""The `statusLine` of Claude Code's settings: putting ours in so that it passes the command before on, and taking
it out. Both change the text of the settings and leave the rest of it as it is."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from exporter.domain.claude_settings.json_text import (
    NEW,
    Member,
    appended,
    members_at,
    object_members,
    removed,
    replaced,
    style_of,
    written,
)

KEY = "statusLine"
SUBCOMMAND = "statusline"
_NAMES = ("claude-tracker", "claude-tracker.exe")
_OWN_WAY = f"its {KEY} already runs claude-tracker, in a way of its own"
_OPTIONS = ("--database", "--previous")


class Own(NamedTuple):
    """A command of ours. `previous`: the one it passes on, None where it replaced none."""

    previous: str | None


def command(program: Sequence[str], database: str | None, previous: str | None) -> str:
    """Our command for a shell. `program`: what starts us. `database`: None for the default one."""
    words = [*program, SUBCOMMAND]
    words += ["--database", database] if database is not None else []
    words += ["--previous", previous] if previous is not None else []
    return shlex.join(words)


def own(told: str) -> Own | None:
    """What a command passes on if it is ours, None for another's.

    Raises ValueError for one that starts us in a way of its own, which cannot be taken apart.
    """
    try:
        words = shlex.split(told)
    except ValueError:
        return None
    if SUBCOMMAND not in words:
        return None
    at = words.index(SUBCOMMAND)
    program, rest = words[:at], words[at + 1 :]
    length = _length_of_ours(program)
    if length is None:
        return None
    given: dict[str, str] = {}
    while rest:
        flag, equals, value = rest.pop(0).partition("=")
        if flag not in _OPTIONS or not (equals or rest):
            raise ValueError(_OWN_WAY)
        given[flag] = value if equals else rest.pop(0)
    if len(program) > length:
        raise ValueError(_OWN_WAY)
    return Own(given.get("--previous"))


def _length_of_ours(program: Sequence[str]) -> int | None:
    """How many words at the end of these start us, None where they start something else."""
    if program and PurePath(program[-1].replace("\\", "/")).name in _NAMES:
        return 1
    return 3 if list(program[-2:]) == ["-m", "exporter"] else None


def setting(told: str) -> dict[str, Any]:
    """The setting with a command, where there was none."""
    return {"type": "command", "command": told, "padding": 0}


def lines(told: str) -> str:
    """What to put into a settings file by hand."""
    return f'{NEW.indent}"{KEY}": {written(setting(told), NEW)}'


def put_in(text: str, program: Sequence[str], database: str | None) -> str:
    """The settings with our command, which passes the one before on; an empty text is an absent file.

    Raises ValueError where they are not plain JSON, or their status line is none that Claude Code knows.
    """
    if not text.strip(" \t\r\n"):
        text = "{}\n"
    members = object_members(text)
    style = style_of(text, members)
    member = _status_line(members)
    if member is None:
        return appended(text, members, KEY, setting(command(program, database, None)), style)
    told = _command_of(text, member)
    if told is None:
        fresh = setting(command(program, database, None))
        value = fresh if member.value is None else {**member.value, "type": fresh["type"], "command": fresh["command"]}
        return replaced(text, member, value, style)
    mine = own(told.value)
    previous = told.value if mine is None else mine.previous
    return replaced(text, told, command(program, database, previous), style)


def take_out(text: str) -> str:
    """The settings with the command before in place of ours; without any before, without a status line.

    Raises ValueError where they are not plain JSON, or ours is run in a way of its own.
    """
    if not text.strip(" \t\r\n"):
        return text
    members = object_members(text)
    member = _status_line(members)
    told = _command_of(text, member) if member is not None else None
    mine = own(told.value) if told is not None else None
    if member is None or told is None or mine is None:
        return text
    if mine.previous is None:
        return removed(text, members, member)
    return replaced(text, told, mine.previous, style_of(text, members))


def _status_line(members: list[Member]) -> Member | None:
    """The status line; of two the last, as Claude Code reads them."""
    return next((member for member in reversed(members) if member.key == KEY), None)


def _command_of(text: str, member: Member) -> Member | None:
    """The command inside a status line, None where it has none. Raises ValueError where it is no object."""
    if member.value is None:
        return None
    if not isinstance(member.value, dict):
        raise ValueError(f"its {KEY} is no object")
    inside = reversed(members_at(text, member.value_start))
    found = next((one for one in inside if one.key == "command"), None)
    return found if found is not None and isinstance(found.value, str) else None
