"""Answers without end: each request ends at its deadline or its bound, and little is read or kept."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
import requests

from exporter.sources.http_session import Answer, AnswerTooLarge, answering, fetch, lines_of, session
from support.answers import Serve, after, bomb, drip, forever, once, serving

pytestmark = pytest.mark.server

MAX = 100_000
TOTAL_S = 1.0
BUFFERS = 16 << 20
"""What the kernel takes from a sender that nobody reads from."""
OK = b"HTTP/1.1 200 OK\r\n"


def get(url: str, *, whole: bool = True, total_s: float = TOTAL_S) -> Answer:
    return fetch(session(), "GET", url, timeout=(5, 5), total_s=total_s, max_bytes=MAX, whole=whole)


@pytest.mark.parametrize(
    "serve",
    [
        pytest.param(after(OK + b"\r\n", drip), id="a body, a byte at a time"),
        pytest.param(after(OK + b"Connection: close\r\n\r\n", drip), id="a body on a connection that is to be closed"),
        pytest.param(after(b"HTTP/1.0 200 OK\r\n\r\n", drip), id="a body of HTTP/1.0"),
        pytest.param(after(OK + b"Content-Length: 90000\r\n\r\n", drip), id="a body with a length"),
        pytest.param(after(OK + b"Transfer-Encoding: chunked\r\n\r\n1f4\r\n", drip), id="a chunk"),
        pytest.param(after(OK + b"X: ", drip), id="a header"),
        pytest.param(after(b"", drip), id="the first line"),
        pytest.param(lambda connection, send: time.sleep(5), id="nothing"),
        pytest.param(forever(b"HTTP/1.1 100 Continue\r\n\r\n"), id="continue, without end"),
        pytest.param(
            forever(b"X: y\r\n" * 1_000, OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"),
            id="trailers without end",
        ),
    ],
)
def test_the_deadline_is_for_everything(serve: Serve) -> None:
    started = time.monotonic()
    tracemalloc.start()
    with serving(serve) as (url, _), pytest.raises(requests.Timeout):
        get(url)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert TOTAL_S * 0.9 < time.monotonic() - started < TOTAL_S + 2
    assert peak < 3_000_000


def test_the_deadline_is_for_the_handshake_too() -> None:
    def hello(connection: socket.socket, send: Callable[[bytes], None]) -> None:
        send(b"\x16\x03\x03\x40\x00")  # a record of 16 KB
        drip(connection, send)

    started = time.monotonic()
    with serving(hello) as (url, _), pytest.raises(requests.Timeout):
        get(url.replace("http:", "https:"))
    assert time.monotonic() - started < TOTAL_S + 2


def test_the_deadline_is_for_a_second_request_on_the_same_connection() -> None:
    def serve(connection: socket.socket, send: Callable[[bytes], None]) -> None:
        send(OK + b"Content-Length: 2\r\n\r\n{}")
        connection.recv(65_536)
        send(OK + b"Content-Length: 90000\r\n\r\n")
        drip(connection, send)

    with serving(serve) as (url, sent):
        kept = session()
        assert b"{}" == fetch(kept, "GET", url, timeout=(5, 5), total_s=TOTAL_S).content
        with pytest.raises(requests.Timeout):
            fetch(kept, "GET", url, timeout=(5, 5), total_s=TOTAL_S)
        assert 1 == len(sent)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"\r\n", id="until it is closed"),
        pytest.param(b"Content-Length: 999999999999\r\n\r\n", id="with a length"),
        pytest.param(b"Content-Encoding: gzip\r\n\r\n", id="that claims to be compressed"),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_a_body_without_end(head: bytes, whole: bool) -> None:
    tracemalloc.start()
    with serving(forever(b"x" * 65_536, OK + head)) as (url, sent):
        if whole:
            with pytest.raises(AnswerTooLarge):
                get(url, total_s=30)
        else:
            assert (200, MAX) == ((answer := get(url, whole=False, total_s=30)).status_code, len(answer.content))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        time.sleep(0.2)
        assert sent[0] < BUFFERS
    assert peak < 3_000_000


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"1" * 10_000_000, id="the size of a chunk, in digits without end"),
        pytest.param(b"1\r\nx\r\n" * 1_000_000, id="chunks without end"),
    ],
)
def test_chunks_without_end(body: bytes) -> None:
    tracemalloc.start()
    serve = forever(body, OK + b"Transfer-Encoding: chunked\r\n\r\n")
    with serving(serve) as (url, _), pytest.raises(requests.RequestException):
        get(url, total_s=30)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000  # a list with an element per chunk


def test_a_gzip_bomb() -> None:
    content = bomb(64)
    assert len(content) < MAX
    with serving(once(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(content) + content)) as (
        url,
        _,
    ):
        tracemalloc.start()
        with pytest.raises(AnswerTooLarge):
            get(url)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 3_000_000


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        pytest.param(b"Content-Length: 2\r\n", b"{}", b"{}", id="plain"),
        pytest.param(b"", b"{}", b"{}", id="without a length"),
        pytest.param(b"Transfer-Encoding: chunked\r\n", b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", b"{}", id="in chunks"),
        pytest.param(
            b"Content-Encoding: gzip\r\n", gzip.compress(b"{}"), b"{}", id="compressed although not asked for"
        ),
        pytest.param(b"Content-Encoding: deflate\r\n", zlib.compress(b"{}"), b"{}", id="deflated"),
        pytest.param(b"Content-Length: %d\r\n" % MAX, b"x" * MAX, b"x" * MAX, id="exactly the bound"),
    ],
)
def test_an_ordinary_answer(head: bytes, body: bytes, expected: bytes) -> None:
    with serving(once(OK + head + b"\r\n" + body)) as (url, _):
        assert (200, expected) == ((answer := get(url)).status_code, answer.content)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK + b"Content-Length: 50\r\n\r\n{}", id="cut off"),
        pytest.param(OK + b"Content-Encoding: gzip\r\n\r\nnot compressed", id="not compressed"),
        pytest.param(b"garbage\r\n\r\n", id="not HTTP"),
    ],
)
def test_a_broken_answer(answer: bytes) -> None:
    with serving(once(answer)) as (url, _), pytest.raises(requests.RequestException):
        get(url)


def test_redirects_are_not_followed() -> None:
    with serving(once(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")) as (url, sent):
        assert (302, 1) == (get(url).status_code, len(sent))


def test_lines_of_an_export() -> None:
    def lines(url: str) -> list[bytes]:
        with answering(session(), "GET", url, timeout=(5, 5), total_s=5) as answer:
            return list(lines_of(answer, 300_000))

    with serving(once(OK + b"\r\na\n\nb" + b"c" * 200_000 + b"\nlast")) as (url, _):
        assert [b"a", b"b" + b"c" * 200_000, b"last"] == lines(url)
    with serving(forever(b"x" * 65_536, OK + b"\r\na\n")) as (url, _), pytest.raises(AnswerTooLarge):
        lines(url)


def test_no_thread_and_no_descriptor_is_left() -> None:
    with serving(once(OK + b"Content-Length: 2\r\n\r\n{}")) as (url, _):
        get(url)
        deadline = time.monotonic() + 5
        while any(isinstance(one, threading.Timer) for one in threading.enumerate()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
