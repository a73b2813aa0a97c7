"""The loop of the worker: it gathers requests without threads, and has threads answer whole ones.

Where there is no room for a connection, one that waits long is closed, so a scrape always finds some.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn, ThreadWorker

from exporter.web.gathering import State, message_of, path_of
from exporter.web.limits import KEPT_FOR_SCRAPES, MAX_BODY_BYTES, THREADS, connections
from exporter.web.pipelines import Pipelines
from exporter.web.problems import problem_bytes
from exporter.web.waiting import Waiting, WaitingList
from exporter.web.websocket import MAX_CLIENTS

IDLE_SECONDS = 75.0
"""How long a connection may stay without a request."""
REQUEST_SECONDS = 3.0
"""How long a request may take to arrive, from its first byte on; clients are on the same machine."""
LINGER_SECONDS = 2.0
"""How long a closed connection is read on: closed at once, the client may lose the answer (RFC 9112, section 9.6)."""
LOOK_SECONDS = 0.25
SEND_BYTES = 512 << 10
"""An answer that fits here keeps no thread, even if the client never reads it."""
SCRAPE_THREADS = 2
SCRAPED = frozenset((b"/metrics", b"/-/healthy", b"/-/ready"))
"""Answered by threads of their own, however busy the others are."""
_REFUSED = {State.TOO_LARGE: (413, "Request Entity Too Large"), State.BROKEN: (400, "Bad Request")}
SCRAPES, LIVE, OTHERS = "scrapes", "live", "others"
LIVE_PATH = b"/ws"
_CHUNK = 65_536
_ACCEPTED_AT_ONCE = 64
_NO_DESCRIPTOR = (errno.EMFILE, errno.ENFILE)


class Lane:
    """Threads for some requests, made on demand. `held`: requests that are answered or wait for a thread."""

    def __init__(self, name: str, threads: int, most_held: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most_held = most_held
        self.held = 0

    @property
    def is_full(self) -> bool:
        return self.held >= self._most_held

    def submit(self, do: Callable[[Any], bool], conn: Any) -> Future[bool]:
        self.held += 1
        return self._pool.submit(do, conn)


class GatheringWorker(ThreadWorker):  # type: ignore[misc]
    """`handle` answers a whole request of a connection, in a thread; it returns whether the connection can be kept."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._waiting = WaitingList()
        self._pipelines = Pipelines()
        self._looks_at = 0.0
        self._most = connections()
        self.worker_connections = self._most + 1  # the list makes room, the loop need not stop accepting
        most = self._most - KEPT_FOR_SCRAPES
        self._lanes = {
            SCRAPES: Lane("scrape", SCRAPE_THREADS, self._most),
            LIVE: Lane("live", MAX_CLIENTS, most),
            OTHERS: Lane("answer", THREADS, most),
        }

    def accept(self, listener: socket.socket) -> None:
        """Accept what is there: connections that the system has to hold back are late by a second."""
        for _ in range(max(1, min(_ACCEPTED_AT_ONCE, self._most // 4))):  # a request may follow before it is evicted
            if not self._accept_one(listener):
                return

    def _accept_one(self, listener: socket.socket) -> bool:
        """Where there is no room, another one is closed. Returns whether there may be more."""
        if self.nr_conns >= self._most and self._waiting.are_all_new(time.monotonic()):
            time.sleep(0.002)  # let them send; the system holds back who comes now
            return False
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in _NO_DESCRIPTOR and not self._make_room():
                time.sleep(0.02)  # all are at work
            if error.errno not in (*_NO_DESCRIPTOR, errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return False
        if self.nr_conns >= self._most and not self._make_room():
            client.close()
            return True
        self.nr_conns += 1
        with suppress(OSError):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        conn = TConn(self.cfg, client, address, listener.getsockname())
        conn.parser = get_parser(self.cfg, (), address)  # a thread reads what was gathered, and never waits for more
        self._wait(conn, b"")
        return True

    def _make_room(self) -> bool:
        one = self._waiting.to_close(time.monotonic())
        if one is not None:
            self._close(one)
            return True
        return self._close_pipelined()

    def _close_pipelined(self) -> bool:
        """Close the one that waits longest for its turn. Returns whether there was one."""
        conn = self._pipelines.take_oldest()
        if conn is not None:
            self.nr_conns -= 1
            conn.close()
        return conn is not None

    def _wait(self, conn: Any, received: bytes) -> None:
        """For a request, of which this much is there already."""
        conn.sock.setblocking(False)
        seconds = REQUEST_SECONDS if received else IDLE_SECONDS
        one = self._waiting.add(conn, received, time.monotonic(), seconds)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._read, one))
        self._read(one)

    def _read(self, one: Waiting, _: Any = None) -> None:
        """Take what has arrived, and answer the request if it is whole."""
        if one not in self._waiting:
            return  # it was closed to make room, after the loop had its event
        try:
            found: bytes | None = one.conn.sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            found = None
        except OSError:
            found = b""
        if found == b"":
            self._close(one)
            return
        if one.is_lingering:
            return
        if found is not None:
            if not one.received:
                one.ends_at = time.monotonic() + REQUEST_SECONDS
            one.received += found
        message = message_of(one.received, MAX_BODY_BYTES)
        if message.state is State.WHOLE:
            self._dispatch(one)
        elif message.state in _REFUSED:
            self._forget(one)
            self._refuse(one.conn, problem_bytes(*_REFUSED[message.state], message.state.value))
        elif message.expects and not one.has_go_ahead:
            one.has_go_ahead = True
            _send(one.conn.sock, b"HTTP/1.1 100 Continue\r\n\r\n")

    def _dispatch(self, one: Waiting) -> None:
        """Let a thread of its lane answer it."""
        conn, path = one.conn, path_of(one.received)
        lane = self._lanes[SCRAPES if path in SCRAPED else LIVE if path == LIVE_PATH else OTHERS]
        self._forget(one)
        if lane.is_full:
            self._refuse(conn, problem_bytes(503, "Service Unavailable", "too many requests at once"))
            return
        conn.parser.unreader.unread(bytes(one.received))
        done = lane.submit(self.handle, conn)
        done.add_done_callback(lambda future: self.method_queue.defer(self._answered, conn, lane, future))

    def _answered(self, conn: Any, lane: Lane, done: Future[bool]) -> None:
        lane.held -= 1
        is_kept = not done.cancelled() and done.exception() is None and done.result() and self.alive
        if is_kept and (more := conn.parser.unreader.take_buffered()):
            self._pipelines.add(conn, more, time.monotonic())
        elif is_kept:
            self._wait(conn, b"")
        else:
            self._linger(conn)

    def _refuse(self, conn: Any, answer: bytes) -> None:
        _send(conn.sock, answer)
        self._linger(conn)

    def _linger(self, conn: Any) -> None:
        """Say that nothing more comes, and read on until the client closes."""
        with suppress(OSError):
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            one = self._waiting.add(conn, b"", time.monotonic(), LINGER_SECONDS, is_lingering=True)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._read, one))
            return
        self.nr_conns -= 1
        conn.close()

    def _forget(self, one: Waiting) -> None:
        self._waiting.remove(one)
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(one.conn.sock)

    def _close(self, one: Waiting) -> None:
        self._forget(one)
        self.nr_conns -= 1
        one.conn.close()

    def murder_pending(self) -> None:
        """gunicorn's name: end what waited too long."""
        now = time.monotonic()
        if now < self._looks_at:
            return
        self._looks_at = now + LOOK_SECONDS
        for pipelined, goes_on in self._pipelines.turns(now):
            if goes_on:
                self._wait(pipelined.conn, pipelined.received)
            else:
                self._linger(pipelined.conn)
        for one in self._waiting.ended(now):
            if one.received:
                self._forget(one)
                self._refuse(one.conn, problem_bytes(408, "Request Timeout", "the request did not arrive in time"))
            else:
                self._close(one)

    def murder_keepalived(self, force: bool = False) -> None:
        """gunicorn's name: at the end of the worker, all."""
        if force:
            for one in self._waiting.all():
                self._close(one)
            while self._close_pipelined():
                pass

    def _cap_keepalive(self, deadline: float) -> None:
        """gunicorn's name: when the worker stops, those without a request are closed."""
        for one in self._waiting.all():
            if not one.received:
                self._close(one)


def _send(sock: socket.socket, data: bytes) -> None:
    """What fits; a client that sends and does not read gets no more."""
    with suppress(OSError):
        sock.send(data)
