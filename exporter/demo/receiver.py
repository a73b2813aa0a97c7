"""A webhook's receiver for the demo: its tracker publishes to it, and nothing leaves the machine."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

MAX_HEAD = 65_536
TIMEOUT_S = 5.0
ANSWER = b"HTTP/1.1 204 No Content\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Receiver:
    """Listens on a free port of 127.0.0.1, reads what is sent, answers 204 and forgets it."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, name="receiver", daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/demo"

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                connection, _ = self._listener.accept()
                with connection, suppress(OSError, ValueError):
                    connection.settimeout(TIMEOUT_S)
                    _take(connection)


def _take(connection: socket.socket) -> None:
    """Read one request to its end, and answer it. Raises OSError, ValueError."""
    head, part = b"", b" "
    while b"\r\n\r\n" not in head and part and len(head) < MAX_HEAD:
        head += (part := connection.recv(4_096))
    names, _, body = head.partition(b"\r\n\r\n")
    left = int(names.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0) - len(body)
    while left > 0 and part:
        left -= len(part := connection.recv(65_536))
    connection.sendall(ANSWER)
