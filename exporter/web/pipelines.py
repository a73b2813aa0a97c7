"""Clients that send the next request before they have read an answer: they get it a little later, a few at a time.

Each connection has its turn, so that many such clients keep no scrape waiting; one that reads nothing has none.
"""

from __future__ import annotations

import struct
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

AT_ONCE = 4
"""How many go on at each look."""
WAIT_SECONDS = 3.0
"""How long a client may take to read an answer."""


class Pipelined(NamedTuple):
    """`received`: of its next requests. `ends_at`: when its time is over, on the monotonic clock."""

    conn: Any
    received: bytes
    ends_at: float


class Pipelines:
    """Those that wait for their turn, the first to come first."""

    def __init__(self) -> None:
        self._waiting: deque[Pipelined] = deque()

    def add(self, conn: Any, received: bytes, now: float) -> None:
        self._waiting.append(Pipelined(conn, received, now + WAIT_SECONDS))

    def take_oldest(self) -> Any | None:
        """Take out the connection that waits longest, to close it."""
        return self._waiting.popleft().conn if self._waiting else None

    def turns(self, now: float) -> Iterator[tuple[Pipelined, bool]]:
        """Take out those whose turn it is, and those whose time is over: each with whether it goes on."""
        left = AT_ONCE
        for _ in range(len(self._waiting)):
            one = self._waiting.popleft()
            if has_unsent(one.conn.sock):
                if now < one.ends_at:
                    self._waiting.append(one)
                else:
                    yield one, False
            elif left:
                left -= 1
                yield one, True
            else:
                self._waiting.append(one._replace(ends_at=now + WAIT_SECONDS))


def has_unsent(sock: Any) -> bool:
    """Whether an answer, or a part of it, has not arrived at the client; not known everywhere."""
    if sys.platform != "linux":
        return False
    import fcntl
    import termios

    with suppress(OSError):
        (unsent,) = struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0" * 4))
        return bool(unsent)
    return False
