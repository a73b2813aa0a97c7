"""Clients that send nothing, half, too much or too slowly, and those that do not read: a scrape is answered in time."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from support.processes import Server, wait_until
from support.sampling import sample_or_all
from support.transcripts import assistant, write

pytestmark = pytest.mark.server

MANY = 200
SECONDS = 6.0
"""Longer than any client is waited for."""
HEAD = b"Host: localhost\r\nContent-Type: application/json\r\n"
POST = b"POST /api/session-update HTTP/1.1\r\n" + HEAD
BAD: dict[str, bytes] = {
    "nothing": b"",
    "half a head": b"GET /metrics HTTP/1.1\r\nHost: loc",
    "no body": POST + b"Content-Length: 1000\r\n\r\n",
    "half a body": POST + b"Content-Length: 1000\r\n\r\n{",
    "chunks without end": POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\n{...\r\n",
    "too much": POST + b"Content-Length: 99999999\r\n\r\n" + b"x" * 100_000,
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "does not read": b"GET /assets/main.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200,
    "pipelined scrapes": b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50,
    "a scrape that is not read": b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a length with zeros": POST.replace(b"/api/session-update", b"/metrics")
    + b"Content-Length: "
    + b"0" * 21
    + b"9\r\n\r\n",
    "half a handshake": b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
}


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", [assistant("m1", request="r1", uuid="a1")])
    return tmp_path / "claude"


Serve = Callable[..., Server]


@pytest.fixture
def serve(tmp_path: Path, claude: Path) -> Iterator[Serve]:
    with ExitStack() as stack:

        def started(descriptors: int = 1_024, **environment: Any) -> Server:
            prefix = ["bash", "-c", f'ulimit -n {descriptors}; exec "$@"', "bash"]
            server = Server(tmp_path, "--config-dir", claude, prefix=prefix, **environment)
            stack.enter_context(server)
            if "CLAUDE_TRACKER_TOKEN" in environment:
                wait_until(lambda: server.get("/-/healthy").status == 200, "it answers")
                return server
            return server.wait_ready()

        yield started


def opened(server: Server, data: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS)
    connection.settimeout(0.2)
    with suppress(OSError):
        connection.sendall(data)
    return connection


def seconds_of_a_scrape(server: Server) -> float:
    started = time.monotonic()
    assert 200 == server.get("/metrics").status
    return time.monotonic() - started


def answered(server: Server, data: bytes) -> bytes:
    """All that comes back."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        with suppress(OSError):
            connection.sendall(data)
        found = b""
        with suppress(OSError):
            while part := connection.recv(65_536):
                found += part
        return found


KINDS = [(kind, descriptors) for kind in BAD for descriptors in (64, 200, 1_024)]


@pytest.mark.long
@pytest.mark.parametrize(("kind", "descriptors"), random.Random(30).sample(KINDS, sample_or_all(6, len(KINDS))))
def test_a_scrape_each_second_next_to_two_hundred(serve: Serve, kind: str, descriptors: int) -> None:
    server = serve(descriptors)
    alone = max(seconds_of_a_scrape(server) for _ in range(5))
    slowest = 0.0
    with ExitStack() as stack:
        flood = threading.Thread(
            target=lambda: [stack.enter_context(opened(server, BAD[kind])) for _ in range(MANY)], daemon=True
        )
        flood.start()
        try:
            for _ in range(int(SECONDS)):
                took = seconds_of_a_scrape(server)
                slowest = max(slowest, took)
                time.sleep(max(0.0, 1 - took))
        finally:
            flood.join(60)
    assert max(1.0, 5 * alone) > slowest, "a second; more only where the machine itself is as slow without them"
    assert 200 == wait_until(lambda: server.get("/api/analytics/current"), "all is answered again").status
    assert "Traceback" not in server.said
    assert "Worker" not in server.said, "the worker was not started again"


def test_bodies_that_trickle_end_in_time(serve: Serve) -> None:
    server, started = serve(), time.monotonic()
    with opened(server, POST + b"Content-Length: 1000\r\n\r\n") as connection:
        with suppress(OSError):
            for _ in range(100):
                connection.sendall(b" ")
                time.sleep(0.1)
        assert 12 > time.monotonic() - started
        assert b"408 Request Timeout" in connection.recv(65_536)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(POST + b"Content-Length: 70000\r\n\r\n" + b"x" * 70_000, 413, id="a body above the bound"),
        pytest.param(POST + b"Content-Length: 9999999999\r\n\r\n", 413, id="a body that never ends"),
        pytest.param(
            POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1000\r\n" + b"x" * 4_096 + b"\r\n" + b"1000\r\n" * 60_000,
            413, id="chunks above the bound",
        ),
        pytest.param(
            POST + b"Transfer-Encoding: chunked\r\n\r\n" + (b"1000\r\n" + b"x" * 4_096 + b"\r\n") * 20 + b"0\r\n\r\n",
            413, id="whole chunks above the bound",
        ),
        pytest.param(POST + b"Content-Length: x\r\n\r\n", 400, id="a length that is no number"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n0\r\n\r\n", 400, id="a broken chunk"),
        pytest.param(b"GET / HTTP/9.9\r\n\r\n", 400, id="another version"),
        pytest.param(b"GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n", 400, id="no host"),
        pytest.param(b"\x00\x01\r\n\r\n", 400, id="no request"),
        pytest.param(b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414, id="a long address"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 300 + b"\r\n", 431, id="many headers"),
    ],
)  # fmt: skip
def test_a_bad_request_has_a_problem_document(serve: Serve, request_bytes: bytes, status: int) -> None:
    answer = answered(serve(), request_bytes)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert f"HTTP/1.1 {status} ".encode() == head[:13], answer[:300]
    assert b"application/problem+json" in head
    assert status == json.loads(body)["status"]


def test_who_waits_before_it_sends_is_asked(serve: Serve) -> None:
    server = serve()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(POST + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n")
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == connection.recv(25)
        connection.sendall(b"{}")
        found = b""
        while part := connection.recv(65_536):
            found += part
    assert b"202 " in found


HANDSHAKE = (
    b" HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.mark.parametrize("target", [b"/ws", b"/%77s", b"HTTP://localhost/ws", b"ws://localhost/ws"])
def test_live_connections_leave_room_for_answers_by_whatever_name(serve: Serve, target: bytes) -> None:
    server = serve()
    with ExitStack() as stack:
        for _ in range(12):
            stack.enter_context(opened(server, b"GET " + target + HANDSHAKE))
        assert 200 == server.get("/api/analytics/current").status
        assert 200 == server.get("/").status


def test_clients_that_leave_after_a_handshake_are_no_fault(serve: Serve) -> None:
    server = serve()
    for _ in range(100):
        opened(server, b"GET /ws" + HANDSHAKE).close()
    assert 200 == wait_until(lambda: server.get("/metrics"), "it answers").status
    assert "Traceback" not in server.said


@pytest.mark.parametrize(
    "accept", ["application/openmetrics-text;version=\xff", "text/plain;version=x;q=y", "a;version=1.0.0,*"]
)
def test_whatever_is_accepted_is_answered(serve: Serve, accept: str) -> None:
    request = f"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: {accept}\r\n\r\n"
    assert b"HTTP/1.1 200 " == answered(serve(), request.encode("latin-1"))[:13]


def test_no_answer_names_the_server(serve: Serve) -> None:
    server = serve()
    for path in ("/", "/metrics", "/nothing", "/api/analytics/current"):
        assert "server" not in {name.lower() for name in server.get(path).headers}
    assert b"Server" not in answered(server, b"\x00\x01\r\n\r\n")


@pytest.mark.parametrize(
    "path", ["//-/healthy", "/./-/healthy", "/x/../-/healthy", "/-//healthy", "/%2e/-/healthy", "/%2E%2e/metrics"]
)
def test_a_door_is_passed_by_one_name_only(serve: Serve, path: str) -> None:
    server = serve(CLAUDE_TRACKER_TOKEN="s3cret")
    assert 200 == server.get("/-/healthy").status
    assert 401 == server.get("/metrics").status
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    assert b"404" == answered(server, request)[9:12]


def test_answers_are_compressed_for_who_accepts_it(serve: Serve) -> None:
    server = serve()
    connection = answered(
        server, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
    )
    head, _, body = connection.partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert b"\x1f\x8b" == body[:2]
    assert "claude_tracker_tokens_total" in server.get("/metrics").text
    assert "Accept-Encoding" in server.get("/metrics").headers["Vary"]


@pytest.mark.parametrize("token", ["", " ", "\t", "two words", "ä"])
def test_a_blank_token_opens_nothing(tmp_path: Path, token: str) -> None:
    with Server(tmp_path, "--listen", "0.0.0.0:1", f"--token={token}") as server:
        assert 2 == server.wait()
        assert "the token is blank, or has spaces or other than ASCII characters" in server.said
