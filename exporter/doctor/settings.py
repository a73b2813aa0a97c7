"""Claude Code's settings: whether its status line and its hook call the tracker."""

from __future__ import annotations

import shlex
from typing import Any

import msgspec

from exporter.doctor.check import Finding, error, note, ok, warning
from exporter.domain.claude_settings import hook_settings, status_line
from exporter.domain.text import as_utf8


class ClaudeSettings(msgspec.Struct, frozen=True):
    """What one settings file says. `problem`: why it cannot be read, else None.

    `status_line`: the command, None if there is none. `hooks`: the commands of the event that the tracker uses.
    `is_off`: `disableAllHooks`, which also turns the status line off. `managed_only`: `allowManagedHooksOnly`.
    """

    path: str
    status_line: str | None = None
    hooks: tuple[str, ...] = ()
    is_off: bool = False
    managed_only: bool = False
    problem: str | None = None


class SettingsFacts(msgspec.Struct, frozen=True):
    """`user`: the files of the user's folders. `managed`: those of an administrator, which win.

    `missing`: the programs that commands of ours name and that do not exist.
    """

    user: tuple[ClaudeSettings, ...]
    managed: tuple[ClaudeSettings, ...] = ()
    missing: frozenset[str] = frozenset()

    @property
    def files(self) -> tuple[ClaudeSettings, ...]:
        return (*self.managed, *self.user)

    @property
    def is_off(self) -> ClaudeSettings | None:
        """The file that turns hooks and status line off."""
        return next((file for file in self.files if file.is_off), None)


class _File(msgspec.Struct):
    """Only these keys become values; others may hold secrets."""

    statusLine: Any = None
    hooks: Any = None
    disableAllHooks: Any = None
    allowManagedHooksOnly: Any = None


def parse_settings(path: str, content: bytes) -> ClaudeSettings:
    """Parse a settings file; what does not have Claude Code's form counts as absent."""
    try:
        file = msgspec.json.decode(as_utf8(content) or b"{}", type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ClaudeSettings(path, problem="it is not plain JSON")
    command = file.statusLine.get("command") if isinstance(file.statusLine, dict) else None
    return ClaudeSettings(
        path,
        command if isinstance(command, str) else None,
        tuple(_hook_commands(file.hooks)),
        file.disableAllHooks is True,
        file.allowManagedHooksOnly is True,
    )


def _hook_commands(hooks: Any) -> list[str]:
    entries = hooks.get(hook_settings.EVENTS[0]) if isinstance(hooks, dict) else None
    inside = [one for entry in entries or () if isinstance(entry, dict) for one in entry.get("hooks") or ()]
    return [one["command"] for one in inside if isinstance(one, dict) and isinstance(one.get("command"), str)]


def own_program(command: str | None, subcommand: str) -> str | None:
    """The program that a command starts, if it is this one with the subcommand: a path, a name, or a Python."""
    try:
        words = shlex.split(command or "")
    except ValueError:
        return None
    if subcommand not in words:
        return None
    before = words[: words.index(subcommand)]
    length = status_line.own_program_length(before)
    return before[-length] if length is not None and len(before) >= length else None


def own_programs(settings: ClaudeSettings) -> list[str]:
    """All programs of ours that a settings file names."""
    line = _line_program(settings)
    return [*([line] if line is not None else []), *_hook_programs(settings)]


def _line_program(file: ClaudeSettings) -> str | None:
    return own_program(file.status_line, status_line.SUBCOMMAND)


def _hook_programs(file: ClaudeSettings) -> list[str]:
    found = (own_program(command, hook_settings.SUBCOMMAND) for command in file.hooks)
    return [program for program in found if program is not None]


def check_settings(facts: SettingsFacts) -> Finding:
    broken = [f"{file.path} ({file.problem})" for file in facts.files if file.problem is not None]
    if broken:
        return warning(
            f"Claude Code's settings cannot be read: {', '.join(broken)}.", "Correct the file, or make it readable."
        )
    return ok("Claude Code's settings are readable.")


def check_statusline(facts: SettingsFacts) -> Finding:
    if facts.is_off is not None:
        return warning(
            f"{facts.is_off.path} sets disableAllHooks, which also turns the status line off.",
            "Remove disableAllHooks, or let Claude Code answer: `[limits] ask` in the configuration file.",
        )
    managed = next((file for file in facts.managed if file.status_line is not None), None)
    if managed is not None and _line_program(managed) is None:
        return warning(
            f"{managed.path} sets another status line, which replaces yours.",
            "Ask your administrator, or let Claude Code answer: `[limits] ask` in the configuration file.",
        )
    missing = [file.path for file in facts.user if _line_program(file) is None]
    if managed is None and (missing or not facts.user):
        return warning(
            f"The status line does not call the tracker ({', '.join(missing) or 'there are no settings'}),"
            " so your limits are known only from Claude's other files.",
            "Run `claude-tracker setup statusline`.",
        )
    return ok("The status line calls the tracker.")


def check_statusline_command(facts: SettingsFacts) -> Finding:
    programs = {program for file in facts.files if (program := _line_program(file)) is not None}
    return _check_programs("The status line", programs & facts.missing, "Run `claude-tracker setup statusline` again.")


def check_hook(facts: SettingsFacts) -> Finding:
    if facts.is_off is not None:
        return warning(
            f"{facts.is_off.path} sets disableAllHooks, so the hook is not called.", "Remove disableAllHooks."
        )
    if any(_hook_programs(file) for file in facts.managed):
        return ok("The managed settings have the hook.")
    only = next((file for file in facts.managed if file.managed_only), None)
    if only is not None:
        return warning(
            f"{only.path} allows only managed hooks, so yours is not called.",
            "Ask your administrator to add the hook to the managed settings.",
        )
    missing = [file.path for file in facts.user if not _hook_programs(file)]
    if missing or not facts.user:
        return note(
            f"The hook is not set up ({', '.join(missing) or 'there are no settings'}): a limit that no transcript"
            " names is not noticed.",
            "Run `claude-tracker setup hooks`.",
        )
    return ok("The hook is set up.")


def check_hook_command(facts: SettingsFacts) -> Finding:
    programs = {program for file in facts.files for program in _hook_programs(file)}
    return _check_programs("The hook", programs & facts.missing, "Run `claude-tracker setup hooks` again.")


def _check_programs(what: str, missing: set[str] | frozenset[str], remedy: str) -> Finding:
    if missing:
        return error(f"{what} calls {', '.join(sorted(missing))}, which does not exist.", remedy)
    return ok(f"{what} names no missing program.")
