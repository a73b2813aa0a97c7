"""Clients of a tracker: how soon listeners get a message, how long responses take, when a page is drawn."""

from __future__ import annotations

import http.client
import re
import selectors
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from playwright.sync_api import BrowserContext, sync_playwright

from benchmarks.live import LATE_SECONDS, Client, Tracker
from support.services import require_program

ROUTES = ("/api/sessions/recent", "/api/analytics/current", "/api/usage?by=day")
CHANGES_A_SECOND = 20
REQUESTS_A_SECOND = 200
_PING, _PONG = 0x89, 0x8A  # first bytes of such frames, RFC 6455
_TOTALS = re.compile(rb'"totals":\{.*?"responses":(\d+)')


class Ear:
    """A client of the live channel that records when it received which number of responses."""

    def __init__(self, port: int) -> None:
        self.messages: list[tuple[float, int]] = []
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.sendall(upgrade(port))
        self._unread = bytearray()

    def receive(self) -> None:
        """Read what has arrived. Raises ConnectionError once the connection is closed."""
        content = self.connection.recv(1 << 18)
        if not content:
            raise ConnectionError("the tracker hung up")
        now = time.perf_counter()
        self._unread += content
        while (frame := _first_frame(self._unread)) is not None:
            if self._unread[0] == _PING:
                payload = self._unread[slice(*frame)]
                self.connection.sendall(bytes((_PONG, 0x80 | len(payload), 0, 0, 0, 0)) + payload)
            elif found := _TOTALS.search(self._unread, *frame):
                self.messages.append((now, int(found[1])))
            del self._unread[: frame[1]]


def _first_frame(content: bytearray) -> tuple[int, int] | None:
    """Where its payload lies; the answer to the upgrade is one without any. None while it is incomplete."""
    if content.startswith(b"HTTP/"):
        end = content.find(b"\r\n\r\n")
        return (end + 4, end + 4) if end >= 0 else None
    if len(content) < 10:
        return None
    payload_start, length = 2, content[1]
    if length > 125:
        size = 2 if length == 126 else 8
        payload_start, length = 2 + size, int.from_bytes(content[2 : 2 + size])
    return (payload_start, payload_start + length) if len(content) >= payload_start + length else None


@contextmanager
def listening(port: int, count: int) -> Iterator[list[Ear]]:
    """That many clients, read by one thread; their cost is not the tracker's."""
    ears = [Ear(port) for _ in range(count)]
    over = threading.Event()

    def work() -> None:
        with selectors.DefaultSelector() as selector:
            for ear in ears:
                selector.register(ear.connection, selectors.EVENT_READ, ear)
            while not over.is_set():
                for key, _ in selector.select(0.1):
                    key.data.receive()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield ears
    finally:
        over.set()
        thread.join()
        for ear in ears:
            ear.connection.close()


class Load(NamedTuple):
    """Seconds from each append to each listener, and of each scrape meanwhile. `grown`: bytes of memory more than
    before, at the end."""

    delays: list[float]
    scrapes: list[float]
    grown: int


def listen(tracker: Tracker, client: Client, listeners: int, deaf: int, seconds: float, idle: int = 0) -> Load:
    """One client writes; so many listen, so many others never read. `idle`: connections that send nothing, and as many
    that send half a request. Raises RuntimeError where a listener misses a message.
    """
    with _held(tracker.port, deaf, idle), listening(tracker.port, listeners) as ears:
        _wait_for(ears, 1)
        counted = ears[0].messages[-1][1]
        memory = tracker.memory()
        client.written.clear()
        scrapes = _write_and_scrape(tracker, client, seconds)
        _wait_for(ears, counted + len(client.written))
        grown = tracker.memory() - memory
    time.sleep(3)  # until the tracker has noticed that they disconnected
    delays = [delay for ear in ears for delay in _delays(ear, client.written, counted)]
    return Load(delays, scrapes, grown)


def _write_and_scrape(tracker: Tracker, client: Client, seconds: float) -> list[float]:
    """The seconds that each scrape took, five in a second."""
    scrapes = []
    started = time.perf_counter()
    for number in range(int(seconds * CHANGES_A_SECOND)):
        time.sleep(max(0.0, started + number / CHANGES_A_SECOND - time.perf_counter()))
        client.write()
        if number % 4 == 0:
            scraped_at = time.perf_counter()
            if tracker.get("/metrics")[0] != 200:
                raise RuntimeError("/metrics failed")
            scrapes.append(time.perf_counter() - scraped_at)
    return scrapes


def _wait_for(ears: Sequence[Ear], responses: int) -> None:
    deadline = time.monotonic() + LATE_SECONDS
    while any(not ear.messages or ear.messages[-1][1] < responses for ear in ears):
        if time.monotonic() > deadline:
            received = sorted(ear.messages[-1][1] if ear.messages else 0 for ear in ears)
            raise RuntimeError(f"listeners received {received} and not {responses} within {LATE_SECONDS} s")
        time.sleep(0.01)


def _delays(ear: Ear, written: Sequence[float], counted: int) -> Iterator[float]:
    """From each append to the first message that counts it."""
    messages = iter(ear.messages)
    at, responses = next(messages)
    for number, wrote in enumerate(written, start=1):
        while responses < counted + number:
            at, responses = next(messages)
        yield at - wrote


def upgrade(port: int) -> bytes:
    """The request for a live connection."""
    return (
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


@contextmanager
def _held(port: int, deaf: int, idle: int) -> Iterator[None]:
    """Connections that are kept busy for nothing."""
    held = []
    for sent in [upgrade(port)] * deaf + [b""] * idle + [b"GET /metrics HTTP/1.1\r\nHost: 127"] * idle:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.sendall(sent)
        held.append(connection)
    try:
        yield
    finally:
        for connection in held:
            connection.close()


def answers(tracker: Tracker, route: str, count: int) -> list[float]:
    """Seconds of each answer, one after the other on one connection."""
    return [_answer_seconds(tracker, route) for _ in range(count)]


def _answer_seconds(tracker: Tracker, route: str) -> float:
    started = time.perf_counter()
    status, _ = tracker.get(route)
    if status != 200:
        raise RuntimeError(f"{route} answered {status}")
    return time.perf_counter() - started


class Pressed(NamedTuple):
    """Requests that were answered, and how many were not, in so many seconds."""

    answered: int
    failed: int
    seconds: float


def press(tracker: Tracker, seconds: float) -> Pressed:
    """Ask the routes in turn from eight connections, at `REQUESTS_A_SECOND` together."""
    count = int(seconds * REQUESTS_A_SECOND)
    started = time.perf_counter()

    def ask(share: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", tracker.port, timeout=LATE_SECONDS)
        answered = 0
        for number in range(share, count, 8):
            time.sleep(max(0.0, started + number / REQUESTS_A_SECOND - time.perf_counter()))
            try:
                connection.request("GET", ROUTES[number % len(ROUTES)])
                response = connection.getresponse()
                response.read()
                answered += response.status == 200
            except (OSError, http.client.HTTPException):
                connection.close()
        return answered

    with ThreadPoolExecutor(8) as pool:
        answered = sum(pool.map(ask, range(8)))
    return Pressed(answered, count - answered, time.perf_counter() - started)


def draws(tracker: Tracker, times: int) -> list[float]:
    """Seconds from asking for the page to its last chart, each in a new browser window without a cache."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=require_program("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        found = [_draw(browser.new_context(viewport={"width": 1440, "height": 900}), tracker) for _ in range(times)]
        browser.close()
    return found


def _draw(context: BrowserContext, tracker: Tracker) -> float:
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{tracker.port}/", wait_until="commit")
    # The usage, the course of the window and the hours of the week, where there is anything to draw.
    for place in ("#usage-chart", "#burnup", "#plan-body"):
        page.locator(f"{place} :is(.frame[data-drawn], .heat, .nothing) >> visible=true").first.wait_for()
    drawn = page.evaluate("performance.now() / 1000")
    context.close()
    return float(drawn)
