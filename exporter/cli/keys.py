"""Keys and resizes of a terminal, without an echo; everything is as before at the end, however it ends."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from exporter.errors import ConfigurationError

_KEY = re.compile(r"(?:\x1b[\[O][0-9;]*[A-Za-z~])|.", re.DOTALL)
"""A letter, or what an arrow or the like sends."""
END, RESIZE = "end", "resize"
"""What `Keys.wait` returns for a signal to end, and for another size."""
PAGES = frozenset((" ", "\x1b[6~", "b", "\x1b[5~"))
MOVES = dict.fromkeys(("j", "\x1b[B", " ", "\x1b[6~"), 1) | dict.fromkeys(("k", "\x1b[A", "b", "\x1b[5~"), -1)
"""What moves down (1) and up (-1) in a view; by a page, if it is one of `PAGES`."""


class Keys:
    """Waits for keys. `wake`: the end of a pipe into which signals write."""

    def __init__(self, stdin: int, wake: int) -> None:
        self._stdin = stdin
        self._wake = wake
        self.signals: set[int] = set()
        self._typed: list[str] = []
        """Keys that were typed and not returned yet."""

    def wait(self, seconds: float) -> str | None:
        """A key, `END` or `RESIZE`; None after so many seconds. A closed terminal ends it."""
        if self._typed:
            return self._typed.pop(0)
        ready, _, _ = select.select([self._stdin, self._wake], [], [], max(0.0, seconds))
        if self._wake in ready:
            os.read(self._wake, 1_024)
            if self.signals - {signal.SIGWINCH}:
                return END
            self.signals.clear()
            return RESIZE
        return self._key() if self._stdin in ready else None

    def _key(self) -> str:
        try:
            content = os.read(self._stdin, 64)
        except OSError:
            return END
        self._typed = [END if key in "\x03\x04" else key for key in _KEY.findall(content.decode("ascii", "ignore"))]
        return self._typed.pop(0) if self._typed else "" if content else END


@contextmanager
def keys() -> Iterator[Keys]:
    """Raises ConfigurationError where standard input and output are no terminal, or the system has no such one."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigurationError("`claude-tracker watch` needs a terminal; `claude-tracker status` prints once")
    try:
        import termios
        import tty
    except ImportError:
        raise ConfigurationError("`claude-tracker watch` does not work on this system: use the dashboard") from None
    stdin = sys.stdin.fileno()
    before = termios.tcgetattr(stdin)
    out, into = os.pipe()
    os.set_blocking(into, False)
    found = Keys(stdin, out)

    def note(number: int, _: FrameType | None) -> None:
        found.signals.add(number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGWINCH)
    handlers = {number: signal.signal(number, note) for number in numbers}
    handlers[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # it would leave the screen as it is
    wakeup = signal.set_wakeup_fd(into, warn_on_full_buffer=False)
    try:
        tty.setcbreak(stdin)
        yield found
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        with suppress(termios.error):  # the terminal was closed
            termios.tcsetattr(stdin, termios.TCSADRAIN, before)
        os.close(out)
        os.close(into)
