"""A server on loopback whose answers a test writes byte by byte, such as those that never end."""

from __future__ import annotations

import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Serve = Callable[[socket.socket, Callable[[bytes], None]], None]


@contextmanager
def serving(serve: Serve) -> Iterator[tuple[str, list[int]]]:
    """A URL, and the number of bytes sent by each connection. `serve(connection, send)` answers one request."""
    sent: list[int] = []
    over = threading.Event()

    def answer(connection: socket.socket) -> None:
        number = len(sent)
        sent.append(0)

        def send(content: bytes) -> None:
            if over.is_set():
                raise OSError("the test is over")
            connection.sendall(content)
            sent[number] += len(content)

        with suppress(OSError), connection:
            connection.recv(65_536)
            serve(connection, send)
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(5)
            while connection.recv(65_536):  # what is closed with something unread is reset, and what was sent is lost
                pass

    def accept(server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, args=(server,), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", sent
        over.set()
        server.shutdown(socket.SHUT_RDWR)


def drip(connection: socket.socket, send: Callable[[bytes], None]) -> None:
    while True:
        send(b"x")
        time.sleep(0.05)


def forever(content: bytes, before: bytes = b"") -> Serve:
    def serve(connection: socket.socket, send: Callable[[bytes], None]) -> None:
        send(before)
        while True:
            send(content)

    return serve


def after(head: bytes, serve: Serve) -> Serve:
    def both(connection: socket.socket, send: Callable[[bytes], None]) -> None:
        send(head)
        serve(connection, send)

    return both


def once(content: bytes) -> Serve:
    return lambda connection, send: send(content)


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()
