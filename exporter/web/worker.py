"""gunicorn's threaded worker and its master, as one program on somebody's machine needs them.

By itself the worker reads from a connection in a thread for as long as the other side likes: a few that send
nothing, or half a request, would keep every scrape waiting. And the master takes a closed terminal for a wish to
reload, other signals for a wish for more workers, of which there must be one.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

HEAD_SECONDS = 3.0
"""So long a connection may take over a request's head; it comes from the same machine."""
MOST_HEAD_BYTES = 65_536
_POLL_SECONDS = 0.01


class Worker(ThreadWorker):  # type: ignore[misc]
    """Spends a thread only on a request whose head arrives in time, and leaves a closed terminal to the master."""

    def init_signals(self) -> None:
        super().init_signals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """A stop: open live connections would hold it up for as long as they like."""
        self._close_live()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: Any) -> None:
        self._close_live()
        super().handle_quit(sig, frame)

    def _close_live(self) -> None:
        live = getattr(self.wsgi, "extensions", {}).get("live")
        if live is not None:
            live.close()

    def handle(self, conn: Any) -> Any:
        """In a thread of the pool, whenever a connection is new or has something to read."""
        if _has_read_ahead(conn) or head_arrives(conn.sock, HEAD_SECONDS):
            return super().handle(conn)
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_RDWR)  # else gunicorn waits for the other side to close
        return False


def heed_signals_as_we_do() -> Callable[[Any], None]:
    """For the master, once it is ready: a closed terminal ends it, unless it was started to outlive that."""
    outlives = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # by nohup

    def when_ready(arbiter: Any) -> None:
        for number in (signal.SIGTTIN, signal.SIGTTOU, signal.SIGUSR2):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN if outlives else lambda *_: os.kill(os.getpid(), signal.SIGTERM))

    return when_ready


def _has_read_ahead(conn: Any) -> bool:
    """Whether the next request was read together with the one before."""
    return conn.parser is not None and bool(conn.parser.unreader.buf.getvalue())


def head_arrives(connection: socket.socket, seconds: float) -> bool:
    """Whether the head of a request, or the end of the connection, comes in time. Nothing is taken from it."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            begun = connection.recv(MOST_HEAD_BYTES, socket.MSG_PEEK)
        except TimeoutError:
            return False
        except OSError:
            return True
        if not begun or b"\r\n\r\n" in begun or len(begun) == MOST_HEAD_BYTES:
            return True
        time.sleep(_POLL_SECONDS)
    return False
