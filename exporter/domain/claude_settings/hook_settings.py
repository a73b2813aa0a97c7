"""The `hooks` of Claude Code's settings: putting ours beside the others, and taking it out. Both change the text of the
settings; of `hooks` the layout may change, all else stays as it is.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from exporter.domain.claude_settings.json_text import (
    NEW,
    Member,
    appended,
    object_members,
    removed,
    replaced,
    style_of,
    written,
)

KEY = "hooks"
SUBCOMMAND = "hook"
EVENTS = ("StopFailure",)
"""What tells something that is nowhere else: of some clients' limits, no transcript does."""
_NAMES = ("claude-tracker", "claude-tracker.exe")
_NO_HOOKS = f"its {KEY} is no object of lists"


def command(program: Sequence[str], database: str | None) -> str:
    """Our command for a shell. `program`: what starts us. `database`: None for the default one."""
    return shlex.join([*program, SUBCOMMAND, *(["--database", database] if database is not None else [])])


def lines(told: str) -> str:
    """What to put into a settings file by hand."""
    return f'{NEW.indent}"{KEY}": {written({event: [_entry(told)] for event in EVENTS}, NEW)}'


def put_in(text: str, program: Sequence[str], database: str | None) -> str:
    """The settings with our hook, once, behind the others; an empty text is an absent file.

    Raises ValueError where they are not plain JSON, or their hooks are none that Claude Code knows.
    """
    if not text.strip(" \t\r\n"):
        text = "{}\n"
    members = object_members(text)
    style, ours = style_of(text, members), _entry(command(program, database))
    member = _hooks(members)
    if member is None or member.value is None:
        value = {event: [ours] for event in EVENTS}
        return appended(text, members, KEY, value, style) if member is None else replaced(text, member, value, style)
    known = _checked(member.value)
    if all(ours in known.get(event, ()) for event in EVENTS):
        return text
    kept = _without_ours(known)
    value = kept | {event: [*kept.get(event, ()), ours] for event in EVENTS}
    return replaced(text, member, value, style)


def take_out(text: str) -> str:
    """The settings without our hook. Raises ValueError as `put_in` does."""
    if not text.strip(" \t\r\n"):
        return text
    members = object_members(text)
    member = _hooks(members)
    if member is None or member.value is None:
        return text
    known = _checked(member.value)
    left = _without_ours(known)
    if left == known:
        return text
    return replaced(text, member, left, style_of(text, members)) if left else removed(text, members, member)


def _entry(told: str) -> dict[str, Any]:
    return {"hooks": [{"type": "command", "command": told}]}


def _hooks(members: list[Member]) -> Member | None:
    """Of two the last, as Claude Code reads them."""
    return next((member for member in reversed(members) if member.key == KEY), None)


def _checked(value: Any) -> dict[str, list[Any]]:
    if not isinstance(value, dict) or not all(isinstance(one, list) for one in value.values()):
        raise ValueError(_NO_HOOKS)
    return value


def _without_ours(known: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The hooks of others; an event that had ours alone is left out."""
    found = {event: [entry for entry in entries if not _is_ours(entry)] for event, entries in known.items()}
    return {event: entries for event, entries in found.items() if entries or not known[event]}


def _is_ours(entry: Any) -> bool:
    """Whether an entry runs our command and nothing else."""
    hooks = entry.get("hooks") if isinstance(entry, dict) else None
    if not isinstance(hooks, list) or len(hooks) != 1 or not isinstance(hooks[0], dict):
        return False
    try:
        words = shlex.split(str(hooks[0].get("command", "")))
    except ValueError:
        return False
    if SUBCOMMAND not in words:
        return False
    program = words[: words.index(SUBCOMMAND)]
    is_named = len(program) == 1 and PurePath(program[0].replace("\\", "/")).name in _NAMES
    return is_named or (len(program) == 3 and program[1:] == ["-m", "exporter"])
