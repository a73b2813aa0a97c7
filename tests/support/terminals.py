"""Commands in a real pseudo-terminal, and what a stranger plants to control it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import tty
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from support.processes import command_line
from support.services import PROJECT

FORGED = "2026-11-22 10:00:00,000 ERROR forged"
CONTROLS = (
    "\x1b]0;owned\x07", "\x1b]52;c;QUJD\x07", "\x1b[2J", "\x1b[5;35m", "\x9b2J", "\x90q\x9c", "\x7f\x08",
    "\u202e\u2066", "\u200b\u2060\ufeff", "\u2028\u2029\x85", "\U000e0041", "\u3164", f"\r\n{FORGED}",
)  # fmt: skip
"""Title, clipboard, clear, blink, C1, delete, bidi, zero width, line breaks, tags, a letter drawn as nothing."""
EVIL = "x" + "".join(CONTROLS) + "[bold red]y"
"""All of them, for JSON and for names of files."""
_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_STYLE = re.compile("\x1b\\[[0-9;]*m")


class Shown(NamedTuple):
    """How a command ended, and everything that it wrote to the terminal."""

    code: int
    text: str


def in_terminal(*args: str | Path, stdin: bytes | None = None, term: str = "dumb", **environment: str) -> Shown:
    """Run a command whose standard output and error, and without `stdin` also its input, are a terminal."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)  # nothing is translated on its way
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 400, 0, 0))
    received = bytearray()

    def receive() -> None:
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # every end on the other side is closed
                return
            if not part:
                return
            received.extend(part)

    reader = threading.Thread(target=receive, daemon=True)
    reader.start()
    with subprocess.Popen(
        command_line(*args),
        env=os.environ | {"PYTHONPATH": str(PROJECT), "TERM": term, "PYTHONUTF8": "1"} | environment,
        stdin=theirs if stdin is None else subprocess.PIPE,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        process.communicate(stdin, timeout=60)
    reader.join(10)
    os.close(ours)
    return Shown(process.returncode, received.decode("utf-8", "surrogateescape"))


def controls_in(text: str, *, styled: bool = False) -> list[str]:
    """What in a terminal's input could control it, except line breaks, and what forges a line.

    `styled`: styles of the program itself are allowed. Those that `EVIL` has are not.
    """
    found = [evil for evil in CONTROLS if evil in text]
    found += [line for line in text.split("\n") if line.lstrip().startswith(FORGED)]
    plain = _STYLE.sub("", text) if styled else text
    return found + sorted(set(_hidden(plain)))


def _hidden(text: str) -> Iterable[str]:
    return (c for c in text if c != "\n" and (unicodedata.category(c) in _HIDDEN or c == "\u3164"))
