"""Classifies a process by its executable and arguments: Claude Code, Claude Desktop, a helper, or none of these.

The rules come from measurements, in this order: the folders of Claude Code's own copies; Claude Desktop and
everything in its bundle; Claude Code elsewhere; and which arguments mean that Claude Code is not a session. The
process name and the command line's text prove nothing: an editor with a file named claude open matches both. What
counts is the program behind wrappers (`program.py`), and where it lies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from exporter.domain.sessions.program import Program, may_wrap, program_of


class Kind(Enum):
    """The kind of a Claude process. A helper belongs to Claude Desktop and is never counted."""

    CODE = "claude_code"
    DESKTOP = "claude_desktop"
    HELPER = "helper"


_CODE_FOLDER = re.compile(r"/(claude-code|anthropic\.claude-code-[^/]*|claude-agent-sdk[^/]*)/")
_CODE_VERSION = re.compile(r"/claude/versions/\d+\.\d+\.\d+[^/]*$")
_CODE_SCRIPT = re.compile(
    r"(.*/(@anthropic-ai/claude-code|claude-agent-sdk[^/]*)(/[0-9][^/]*)?/cli\.[cm]?js|(.*/)?claude)", re.IGNORECASE
)
"""The client's script: of a package, in a folder of its version or not; or a link named like the command."""

_MAC_DESKTOP = "/Claude.app/Contents/MacOS/Claude"
_MAC_BUNDLE = "/Claude.app/Contents/"
_WINDOWS_DESKTOP = re.compile(r"/(windowsapps/claude_[^/]*/app|anthropicclaude(/app-[^/]*)?)/claude\.exe$")
_WINDOWS_BUNDLE = re.compile(r"/(windowsapps/claude_[^/]*|anthropicclaude)/")
_LINUX_BUNDLE = re.compile(r"/(claude-desktop[^/]*|\.mount_[Cc]laude[^/]*)/")
_LINUX_DESKTOP_NAMES = frozenset(("claude-desktop", "claude", "Claude", "electron"))
_APP_ARCHIVE = re.compile(r"/(claude-desktop[^/]*|\.mount_[Cc]laude[^/]*)/(.*/)?app\.asar$")

_NOT_SESSIONS = frozenset(
    (
        "agents", "auth", "auto-mode", "config", "daemon", "doctor", "gateway", "install", "kill", "logs", "mcp",
        "migrate-installer", "plugin", "plugins", "remote-control", "server", "setup-token", "stop", "update",
        "upgrade",
    )
)  # fmt: skip
"""Subcommands that do not start a session."""
_NOT_SESSION_FLAGS = frozenset(
    (
        "--version", "-v", "--help", "-h", "--bg-spare", "--bg-pty-host", "--chrome-native-host",
        "--claude-in-chrome-mcp", "--computer-use-mcp", "--ripgrep",
    )
)  # fmt: skip
_FLAGS_WITH_VALUE = frozenset(
    (
        "--agent", "--agents", "--append-system-prompt", "--append-system-prompt-file", "--debug-file", "--effort",
        "--fallback-model", "--input-format", "--json-schema", "--max-budget-usd", "--max-turns", "--model", "--name",
        "-n", "--output-format", "--permission-mode", "--permission-prompt-tool", "--session-id", "--setting-sources",
        "--settings", "--system-prompt", "--system-prompt-file",
    )
)  # fmt: skip
"""The argument after one of these is its value, whatever it looks like."""
_FLAGS_BEFORE_COMMAND = frozenset(
    ("--debug", "-d", "--verbose", "--dangerously-skip-permissions", "--ide", "--strict-mcp-config")
)
"""Flags without a value that may precede a subcommand."""


MADE_UP = "claude-tracker-made-up"
"""The folder of processes that only look like Claude's: those of the project's own tests."""


def is_made_up_elsewhere(exe: str, argv: Sequence[str], folder: str) -> bool:
    """Whether a process is made up, and not below the folder of this tracker's database: it belongs to another one."""
    marks = [text.partition(f"/{MADE_UP}/")[0] for text in (exe, *argv) if f"/{MADE_UP}/" in text]
    return any(not f"{mark}/".startswith(f"{folder}/") for mark in marks)


def classify(platform: str, exe: str, argv: Sequence[str]) -> Kind | None:
    """Return the kind of a process; None if it is not Claude's, or is Claude Code without a session.

    `platform`: as in `sys.platform`. `exe`: the executable's path, '' if unknown. `argv`: including argv[0].
    """
    program = program_of(platform, exe, argv)
    if _is_own_copy(program.path, program.name):
        return _session(program.argv[1:]) if program.argv[:1] != ["rg"] else None
    desktop = _desktop(platform, *program)
    if desktop is not None:
        return desktop
    arguments = _code_arguments(program)
    return _session(arguments) if arguments is not None else None


def may_be_claude(exe: str) -> bool:
    """Whether the arguments need to be checked: for nearly every process, its path alone rules it out."""
    return "claude" in exe.lower() or may_wrap(exe)


def skips_permissions(argv: Sequence[str]) -> bool | None:
    """Whether Claude Code runs without permission prompts; None if its arguments read as empty, as in old clients."""
    if argv[1:] and not any(argv[1:]):
        return None
    if "--dangerously-skip-permissions" in argv:
        return True
    return _value_of(argv, ("--permission-mode",)) == "bypassPermissions"


def parse_session_id(argv: Sequence[str]) -> str | None:
    """The session id in the arguments; None if the client chooses it."""
    found = _value_of(argv, ("--session-id",))
    if found is None and "--fork-session" not in argv:
        found = _value_of(argv, ("--resume", "-r"))
    return found if found is not None and _SESSION_ID.fullmatch(found) else None


_SESSION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _value_of(argv: Sequence[str], names: Sequence[str]) -> str | None:
    for argument, following in zip(argv, [*argv[1:], None], strict=True):
        if argument in names:
            return following
        flag, equals, value = argument.partition("=")
        if equals and flag in names:
            return value
    return None


def _is_own_copy(path: str, name: str) -> bool:
    if _CODE_VERSION.search(path):
        return True
    return name in ("claude", "claude.exe") and _CODE_FOLDER.search(path) is not None


def _desktop(platform: str, path: str, name: str, argv: Sequence[str]) -> Kind | None:
    if platform == "darwin":
        is_main, is_inside = path.endswith(_MAC_DESKTOP), _MAC_BUNDLE in path
    elif platform == "win32":
        is_main = _WINDOWS_DESKTOP.search(path) is not None
        is_inside = _WINDOWS_BUNDLE.search(path) is not None
    else:
        is_inside = _LINUX_BUNDLE.search(path) is not None
        is_main = name == "claude-desktop" or (is_inside and name in _LINUX_DESKTOP_NAMES and _runs_app(name, argv))
        if name.startswith("electron") and any(_APP_ARCHIVE.search(argument) for argument in argv[1:]):
            is_main = True
    if not (is_main or is_inside):
        return None
    if not is_main or any(argument.startswith("--type=") for argument in argv[1:]):
        return Kind.HELPER
    return Kind.DESKTOP


def _runs_app(name: str, argv: Sequence[str]) -> bool:
    """Whether electron runs its bundled app or Claude's archive, rather than another app in its arguments."""
    return name != "electron" or all(argument.startswith(("-", "claude://")) for argument in argv[1:])


def _code_arguments(program: Program) -> Sequence[str] | None:
    """The client's own arguments; None if this is not a client."""
    argv = program.argv
    if program.name in ("claude", "claude.exe"):
        return argv[1:]
    if not program.is_runtime or not argv:
        return None
    if argv[0] == "claude":
        return argv[1:]
    script = program.script
    if script is not None and _CODE_SCRIPT.fullmatch(argv[script].replace("\\", "/")):
        return argv[script + 1 :]
    return None


def _session(arguments: Sequence[str]) -> Kind | None:
    """Claude Code, unless the arguments request something other than a session."""
    own = _without_values(arguments)
    if any(argument in _NOT_SESSION_FLAGS for argument in own):
        return None
    first = next((argument for argument in own if not _may_precede_command(argument)), None)
    return None if first in _NOT_SESSIONS else Kind.CODE


def _without_values(arguments: Sequence[str]) -> list[str]:
    """The arguments without flags that take a value, and without their values."""
    own: list[str] = []
    is_value = False
    for argument in arguments:
        if is_value:
            is_value = False
        elif argument in _FLAGS_WITH_VALUE:
            is_value = True
        else:
            own.append(argument)
    return own


def _may_precede_command(argument: str) -> bool:
    return argument in _FLAGS_BEFORE_COMMAND or argument.partition("=")[0] in _FLAGS_WITH_VALUE
