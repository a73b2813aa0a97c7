"""Adapts gunicorn's threaded worker and its master to a program on one user's machine.

By default the worker reads from a connection in a thread without a timeout: a few clients that send nothing, or half a
request, would block every scrape. And the master reloads when the terminal closes, and adds workers on other signals,
where there must be exactly one.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from exporter.domain.log_lines import LogLines

HEAD_SECONDS = 3.0
"""Time limit for the head of a request; clients are on the same machine."""
MAX_HEAD_BYTES = 65_536
_POLL_SECONDS = 0.01


class Log(Logger):  # type: ignore[misc]
    """gunicorn's own log, whose lines quote requests."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(LogLines(self.error_fmt, self.datefmt))


class Worker(ThreadWorker):  # type: ignore[misc]
    """Closes connections whose head does not arrive in time, and leaves SIGHUP to the master."""

    def init_signals(self) -> None:
        super().init_signals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Close live connections first, which would delay the stop."""
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
        """Runs in a thread of the pool when a connection is new or readable."""
        if _has_read_ahead(conn) or head_arrives(conn.sock, HEAD_SECONDS):
            return super().handle(conn)
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_RDWR)  # otherwise gunicorn waits for the client to close
        return False


def set_signal_handlers() -> Callable[[Any], None]:
    """gunicorn's `when_ready` for the master: a closed terminal stops it, unless it was started with nohup."""
    outlives = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # nohup

    def when_ready(arbiter: Any) -> None:
        for number in (signal.SIGTTIN, signal.SIGTTOU, signal.SIGUSR2):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN if outlives else lambda *_: os.kill(os.getpid(), signal.SIGTERM))

    return when_ready


def _has_read_ahead(conn: Any) -> bool:
    """Whether the next request was read together with the previous one."""
    return conn.parser is not None and bool(conn.parser.unreader.buf.getvalue())


def head_arrives(connection: socket.socket, seconds: float) -> bool:
    """Whether the head of a request, or the end of the connection, arrives in time. Only peeks."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            head = connection.recv(MAX_HEAD_BYTES, socket.MSG_PEEK)
        except TimeoutError:
            return False
        except OSError:
            return True
        if not head or b"\r\n\r\n" in head or len(head) == MAX_HEAD_BYTES:
            return True
        time.sleep(_POLL_SECONDS)
    return False
