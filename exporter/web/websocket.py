"""The live channel: a complete snapshot to each new client, then every change when it is committed.

commit ─▶ PRAGMA data_version ─▶ one snapshot ─▶ changes, encoded once ─▶ a queue for each client ─▶ its thread

A client that does not keep up is dropped; it gets a complete snapshot when it reconnects.
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
from exporter.snapshot.changes import changed_parts, last_warning, warnings_after
from exporter.snapshot.notifications.warning_json import warning_json
from exporter.store.reader import Reader

log = logging.getLogger(__name__)

POLL_SECONDS = 0.02
"""Seconds between checks for a commit, while there are clients."""
MAX_CLIENTS = 64
MAX_QUEUED = 256
SEND_SECONDS = 2
MAX_RECEIVED = 20
"""Messages per second from a client. Clients have no reason to send any."""

TakeJson = Callable[[], dict[str, Any] | None]
"""The snapshot as JSON; None until the first read is complete. May raise TrackerError."""


class Client:
    """One connection, with its queue of messages."""

    def __init__(self, connection: Server) -> None:
        self._connection = connection
        self._waiting: queue.Queue[str | None] = queue.Queue(MAX_QUEUED)
        timeout = struct.pack("ll", SEND_SECONDS, 0)
        with suppress(OSError):
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)

    def put(self, message: str) -> None:
        """Queue a message. A client that is too far behind is dropped."""
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            self.drop()

    def drop(self) -> None:
        """Close the connection immediately, whatever is queued."""
        with suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        with suppress(queue.Full):
            self._waiting.put_nowait(None)

    def serve(self) -> None:
        """Send queued messages until either side closes the connection."""
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
            if received > MAX_RECEIVED:
                self.drop()
                return


class LiveChannel:
    """All clients of one process. Runs no thread while there are none."""

    def __init__(self, reader: Reader, take_json: TakeJson) -> None:
        self._reader = reader
        self._take_json = take_json
        self._lock = threading.Lock()
        self._clients: set[Client] = set()
        self._follower: threading.Thread | None = None
        self._sent: dict[str, Any] | None = None
        self._last_warning = 0
        self._closed = False

    @property
    def is_full(self) -> bool:
        return self._closed or len(self._clients) >= MAX_CLIENTS

    def serve(self, connection: Server) -> None:
        """Send a client the snapshot and every change, until the connection closes."""
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
        """Close every connection, so that the server can stop. Takes no lock: a signal handler calls it."""
        self._closed = True
        for client in list(self._clients):
            client.drop()

    def _add(self, client: Client) -> None:
        with self._lock:
            if self._sent is None:
                self._sent = self._take_json()
                self._last_warning = last_warning(self._reader)
            if self._sent is not None:
                client.put(_message("snapshot", self._sent["sequence"], self._sent))
            self._clients.add(client)
            if self._follower is None:
                self._follower = threading.Thread(target=self._follow, name="live", daemon=True)
                self._follower.start()

    def _follow(self) -> None:
        """Check for commits until there are no more clients."""
        version: object = None
        while not self._closed:
            time.sleep(POLL_SECONDS)
            try:
                now = self._reader.version()
                if now != version:
                    self._send_changes()
                    version = now
            except TrackerError as error:
                log.error("%s", error)
                time.sleep(1)
            with self._lock:
                if not self._clients:
                    self._follower = self._sent = None
                    return

    def _send_changes(self) -> None:
        """Send what changed since the last message."""
        now = self._take_json()
        if now is None:
            return
        with self._lock:
            before, self._sent = self._sent, now
            if before is None:
                messages = [_message("snapshot", now["sequence"], now)]
            else:
                messages = [_message(name, now["sequence"], part) for name, part in changed_parts(before, now)]
            for warning in warnings_after(self._reader, self._last_warning):
                messages.append(_message("warning", now["sequence"], warning_json(warning)))
                self._last_warning = warning.number
            for client in self._clients:
                for message in messages:
                    client.put(message)


def _message(kind: str, sequence: int, data: Any) -> str:
    return msgspec.json.encode({"type": kind, "sequence": sequence, "data": data}).decode()
