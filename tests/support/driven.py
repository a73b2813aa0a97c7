"""A command in a pseudo-terminal that a test drives: keys, sizes, signals, and what stands on its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from support.processes import command_line, wait_until
from support.services import PROJECT

_CONTROL = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])|\x1b[=>78]|\x1b\([A-Z]")


class Driven:
    """`text`: everything that it wrote. `screen()`: what a terminal of that size shows of it."""

    def __init__(self, *args: str | Path, width: int = 80, height: int = 24, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        self._theirs = os.dup(theirs)  # its settings can be read after the end
        self._size = (height, width)
        self._set_size()
        self.before = termios.tcgetattr(theirs)
        self._received = bytearray()
        self.process = subprocess.Popen(
            command_line(*args),
            env={key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
            | {"PYTHONPATH": str(PROJECT), "TERM": "xterm-256color", "PYTHONUTF8": "1"} | environment,
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - keys and sizes become signals
        )  # fmt: skip
        os.close(theirs)
        threading.Thread(target=self._receive, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    @property
    def text(self) -> str:
        return bytes(self._received).decode("utf-8", "replace")

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def resize(self, width: int, height: int) -> None:
        self._size = (height, width)
        self._received.clear()
        self._set_size()

    def settings(self) -> list[object]:
        """Of the terminal."""
        return termios.tcgetattr(self._theirs)

    def wait_for(self, shown: str) -> None:
        wait_until(lambda: shown in "\n".join(self.screen()), f"{shown!r} is shown: {self.screen()}")

    def screen(self) -> list[str]:
        """The lines, by what it wrote since the last clearing; of cursor movements only what is needed."""
        height, width = self._size
        lines = [[" "] * width for _ in range(height)]
        row = column = at = 0
        text = self.text
        while at < len(text):
            found = _CONTROL.match(text, at)
            if found is not None:
                at = found.end()
                numbers = [int(number or 0) for number in (found[2] or "").split(";")]
                if found[3] == "H":
                    row, column = max(0, numbers[0] - 1), max(0, (numbers[1] if len(numbers) > 1 else 1) - 1)
                elif found[3] == "J":
                    lines = [[" "] * width for _ in range(height)]
                elif found[3] == "K":
                    lines[min(row, height - 1)] = [" "] * width
                continue
            letter = text[at]
            at += 1
            if letter == "\n":
                row, column = row + 1, 0
            elif letter == "\r":
                column = 0
            else:
                assert row < height, f"{letter!r} in line {row}"
                assert column < width, f"{letter!r} in column {column}"
                lines[row][column] = letter
                column += 1
        return ["".join(line).rstrip() for line in lines]

    def _set_size(self) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", *self._size, 0, 0))

    def _receive(self) -> None:
        while True:
            try:
                part = os.read(self._ours, 65_536)
            except OSError:
                return
            if not part:
                return
            self._received.extend(part)
