"""A deadline for everything that one HTTP request does: at its end, the connection is shut down from another thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_watching = threading.local()
"""`deadline`: that of the request which this thread is sending."""


class Deadline:
    """Shuts down the connections that a request uses once `seconds` have elapsed."""

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self.is_over = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for one in self._sockets:
                one.close()
            self._sockets.clear()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """In this thread, the connections that are opened or used belong to this deadline."""
        before = getattr(_watching, "deadline", None)
        _watching.deadline = self
        try:
            yield
        finally:
            _watching.deadline = before

    def add(self, used: socket.socket) -> None:
        """Watch a socket, by a second descriptor: TLS replaces the first, and the library may close it early."""
        with self._lock:
            self._sockets.append(socket.fromfd(used.fileno(), used.family, used.type))
            is_over = self.is_over
        if is_over:
            self._end()

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            for one in self._sockets:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


def _watch(used: Any) -> None:
    deadline: Deadline | None = getattr(_watching, "deadline", None)
    if deadline is not None and used is not None:
        deadline.add(used)


class _Watched:
    """Watches the sockets of the connection class that follows it."""

    sock: socket.socket | None

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        _watch(made)
        return made

    def putrequest(self, *arguments: Any, **more: Any) -> None:
        _watch(self.sock)  # kept alive since an earlier request
        super().putrequest(*arguments, **more)  # type: ignore[misc]


class _Connection(_Watched, HTTPConnection):
    pass


class _SecureConnection(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOLS: dict[str, Any] = {"http": _Pool, "https": _SecurePool}
"""By scheme, for urllib3's pool manager."""
