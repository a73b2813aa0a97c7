"""The live channel: a full snapshot to whoever comes, then each change as it is committed.

commit ─▶ PRAGMA data_version ─▶ one snapshot ─▶ what moved, encoded once ─▶ a queue for each client ─▶ its thread

A client that does not keep up is dropped, not waited for: when it comes again it gets the whole.
"""

from __future__ import annotations

import logging
import queue
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
from simple_websocket import ConnectionClosed, Server

from exporter.errors import TrackerError
from exporter.snapshot.changes import changed_parts, last_warning, warning_json, warnings_after
from exporter.store.reader import Reader

log = logging.getLogger(__name__)

POLL_SECONDS = 0.02
"""Between looks for a commit, while anybody listens."""
MOST_CLIENTS = 64
MOST_QUEUED = 256
SEND_SECONDS = 2
MOST_RECEIVED = 20
"""Messages a second from a client; there is nothing to say to us."""

Whole = Callable[[], dict[str, Any] | None]
"""The snapshot's JSON form; None while the first read is under way. May raise TrackerError."""


class Client:
    """One connection, with what waits to be sent to it."""

    def __init__(self, connection: Server) -> None:
        self._connection = connection
        self._waiting: queue.Queue[str | None] = queue.Queue(MOST_QUEUED)
        timeout = struct.pack("ll", SEND_SECONDS, 0)
        with suppress(OSError):
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)

    def put(self, message: str) -> None:
        """Send when it can; one that is too far behind is dropped."""
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            self.drop()

    def drop(self) -> None:
        """End it at once, whatever waits to be sent."""
        with suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        with suppress(queue.Full):
            self._waiting.put_nowait(None)

    def serve(self) -> None:
        """Send what comes, until either side ends it."""
        received, since = 0, time.monotonic()
        while self._connection.connected:
            with suppress(queue.Empty):
                message = self._waiting.get(timeout=1.0)
                if message is None:
                    return
                self._connection.send(message)
            while self._connection.receive(timeout=0) is not None:
                received += 1
            if time.monotonic() - since >= 1:
                received, since = 0, time.monotonic()
            if received > MOST_RECEIVED:
                self.drop()
                return


class LiveChannel:
    """All clients of one process. Nothing runs while there are none."""

    def __init__(self, reader: Reader, whole: Whole) -> None:
        self._reader = reader
        self._whole = whole
        self._lock = threading.Lock()
        self._clients: set[Client] = set()
        self._follower: threading.Thread | None = None
        self._told: dict[str, Any] | None = None
        self._warning = 0
        self._closed = False

    @property
    def is_full(self) -> bool:
        return self._closed or len(self._clients) >= MOST_CLIENTS

    def serve(self, connection: Server) -> None:
        """Tell a client everything until it ends."""
        client = Client(connection)
        try:
            self._add(client)
            client.serve()
        except (ConnectionClosed, OSError, TrackerError):
            pass
        finally:
            with self._lock:
                self._clients.discard(client)
            client.drop()

    def close(self) -> None:
        """End every connection, so that the server can stop. Takes no lock: a signal may call it anywhere."""
        self._closed = True
        for client in list(self._clients):
            client.drop()

    def _add(self, client: Client) -> None:
        with self._lock:
            if self._told is None:
                self._told = self._whole()
                self._warning = last_warning(self._reader)
            if self._told is not None:
                client.put(_message("snapshot", self._told["sequence"], self._told))
            self._clients.add(client)
            if self._follower is None:
                self._follower = threading.Thread(target=self._follow, name="live", daemon=True)
                self._follower.start()

    def _follow(self) -> None:
        """Until nobody listens any more."""
        version: object = None
        while not self._closed:
            time.sleep(POLL_SECONDS)
            try:
                now = self._reader.version()
                if now != version:
                    self._tell()
                    version = now
            except TrackerError as error:
                log.error("%s", error)
                time.sleep(1)
            with self._lock:
                if not self._clients:
                    self._follower = self._told = None
                    return

    def _tell(self) -> None:
        """Tell what moved since the last time."""
        now = self._whole()
        if now is None:
            return
        with self._lock:
            before, self._told = self._told, now
            if before is None:
                messages = [_message("snapshot", now["sequence"], now)]
            else:
                messages = [_message(name, now["sequence"], part) for name, part in changed_parts(before, now)]
            for told in warnings_after(self._reader, self._warning):
                messages.append(_message("warning", now["sequence"], warning_json(told)))
                self._warning = told.number
            for client in self._clients:
                for message in messages:
                    client.put(message)


def _message(kind: str, sequence: int, data: Any) -> str:
    return msgspec.json.encode({"type": kind, "sequence": sequence, "data": data}).decode()
