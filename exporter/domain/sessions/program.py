"""Which program a process runs, behind what wraps it: a wrapper of Nix, a loader, a JavaScript runtime.

/nix/store/…/bin/.claude-wrapped            ▶ claude
/lib/ld-musl-x86_64.so.1 /usr/bin/claude    ▶ claude
node --no-warnings …/claude-code/cli.js     ▶ the script, with the arguments after it
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_WRAPPED = re.compile(r"\.+([^/]+?)(-wrapped_*)+")
"""How Nix renames what it puts a wrapper in front of, once or several times."""
_LOADER = re.compile(r"ld(64)?(-[^/]+)?\.so(\.[0-9]+)*")
_LOADER_FLAGS_WITH_VALUE = frozenset(
    (
        "--argv0", "--audit", "--glibc-hwcaps-mask", "--glibc-hwcaps-prepend", "--inhibit-rpath", "--library-path",
        "--preload",
    )
)  # fmt: skip
_RUNTIME = re.compile(r"(node|nodejs|bun|deno)[0-9]*(\.exe)?")
_RUNTIME_FLAGS_WITH_VALUE = frozenset(("-r", "--require", "--import", "--loader", "-C", "--conditions", "--env-file"))
_MAX_WRAPPERS = 4


class Program(NamedTuple):
    """A program's path, with `/` and on Windows in lower case; its name; and its arguments, including argv[0]."""

    path: str
    name: str
    argv: Sequence[str]

    @property
    def is_runtime(self) -> bool:
        """Whether it runs scripts in JavaScript."""
        return _RUNTIME.fullmatch(self.name) is not None

    @property
    def script(self) -> int | None:
        """The index of a runtime's script after its own flags."""
        return _first_argument(self.argv, _RUNTIME_FLAGS_WITH_VALUE, but="run")


def program_of(platform: str, exe: str, argv: Sequence[str]) -> Program:
    """The program of a process. `platform`: as in `sys.platform`. `exe`: the executable's path, '' if unknown."""
    path, arguments = normal_path(platform, exe), argv
    for _ in range(_MAX_WRAPPERS):
        at = _first_argument(arguments, _LOADER_FLAGS_WITH_VALUE) if _LOADER.fullmatch(name_in(path)) else None
        if at is None:
            break
        path, arguments = normal_path(platform, arguments[at]), arguments[at:]
    return Program(path, name_in(path), arguments)


def may_wrap(exe: str) -> bool:
    """Whether an executable runs another program, or a script, that its arguments name."""
    name = name_in(normal_path("win32", exe))
    return _LOADER.fullmatch(name) is not None or _RUNTIME.fullmatch(name) is not None or name.startswith("electron")


def normal_path(platform: str, path: str) -> str:
    return path.replace("\\", "/").lower() if platform == "win32" else path


def name_in(path: str) -> str:
    """The last part of a path, without what Nix adds."""
    name = path.rpartition("/")[2]
    wrapped = _WRAPPED.fullmatch(name)
    return wrapped[1] if wrapped is not None else name


def _first_argument(argv: Sequence[str], with_value: frozenset[str], but: str = "") -> int | None:
    """The index of the first argument that is not a flag, a flag's value, or the word `but`."""
    is_value = False
    for at, argument in enumerate(argv[1:], start=1):
        if is_value:
            is_value = False
        elif argument in with_value:
            is_value = True
        elif not argument.startswith("-") and argument != but:
            return at
    return None
