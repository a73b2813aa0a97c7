"""Adds our hook to Claude Code's settings next to other hooks, and removes it again.

Both functions change the text of the settings. The layout of `hooks` may change; everything else stays as it is.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from exporter.domain.claude_settings.json_text import (
    NEW,
    Member,
    append_member,
    format_value,
    object_members,
    remove_member,
    replace_value,
    style_of,
)

KEY = "hooks"
SUBCOMMAND = "hook"
EVENTS = ("StopFailure",)
"""Events with information found nowhere else: some clients' limits appear in no transcript."""
_NAMES = ("claude-tracker", "claude-tracker.exe")
_NO_HOOKS = f"its {KEY} is not an object of lists"


def build_command(program: Sequence[str], database: str | None) -> str:
    """Build our command for a shell. `program`: the words that start us. `database`: None for the default one."""
    return shlex.join([*program, SUBCOMMAND, *(["--database", database] if database is not None else [])])


def settings_lines(command: str) -> str:
    """The lines to add to a settings file by hand."""
    return f'{NEW.indent}"{KEY}": {format_value({event: [_entry(command)] for event in EVENTS}, NEW)}'


def add_hook(text: str, program: Sequence[str], database: str | None) -> str:
    """Return the settings with our hook, once, after the others. An empty text stands for an absent file.

    Raises ValueError if the settings are not plain JSON, or their hooks do not have the form Claude Code uses.
    """
    if not text.strip(" \t\r\n"):
        text = "{}\n"
    members = object_members(text)
    style, ours = style_of(text, members), _entry(build_command(program, database))
    member = _find_hooks(members)
    if member is None or member.value is None:
        value = {event: [ours] for event in EVENTS}
        return (
            append_member(text, members, KEY, value, style)
            if member is None
            else replace_value(text, member, value, style)
        )
    hooks = _check_hooks(member.value)
    if all(ours in hooks.get(event, ()) for event in EVENTS):
        return text
    kept = _without_ours(hooks)
    value = kept | {event: [*kept.get(event, ()), ours] for event in EVENTS}
    return replace_value(text, member, value, style)


def remove_hook(text: str) -> str:
    """Return the settings without our hook. Raises ValueError as `add_hook` does."""
    if not text.strip(" \t\r\n"):
        return text
    members = object_members(text)
    member = _find_hooks(members)
    if member is None or member.value is None:
        return text
    hooks = _check_hooks(member.value)
    others = _without_ours(hooks)
    if others == hooks:
        return text
    return (
        replace_value(text, member, others, style_of(text, members)) if others else remove_member(text, members, member)
    )


def _entry(command: str) -> dict[str, Any]:
    return {"hooks": [{"type": "command", "command": command}]}


def _find_hooks(members: list[Member]) -> Member | None:
    """Return the `hooks` member; the last one if there are two, as Claude Code reads them."""
    return next((member for member in reversed(members) if member.key == KEY), None)


def _check_hooks(value: Any) -> dict[str, list[Any]]:
    if not isinstance(value, dict) or not all(isinstance(one, list) for one in value.values()):
        raise ValueError(_NO_HOOKS)
    return value


def _without_ours(hooks: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The other hooks; an event that only had ours is left out."""
    found = {event: [entry for entry in entries if not _is_ours(entry)] for event, entries in hooks.items()}
    return {event: entries for event, entries in found.items() if entries or not hooks[event]}


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
