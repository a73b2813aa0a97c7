"""A tracker that runs, and clients that write: how long until /metrics shows a line, and what it costs meanwhile."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks import measuring, trees
from support.services import free_port

READY_SECONDS = 120
LATE_SECONDS = 10
"""A line that is not shown within this is lost."""


class Tracker:
    """`claude-tracker run` on a free port, and one connection to it that is kept open."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LATE_SECONDS)

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            self._connection.request("GET", path)
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return 0, b""

    def counts(self) -> dict[str, int]:
        """Responses by model, as /metrics shows them."""
        return {model.decode(): int(float(count)) for model, count in _RESPONSES.findall(self.get("/metrics")[1])}

    def family(self) -> list[psutil.Process]:
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def cpu_seconds(self) -> float:
        return sum(times.user + times.system for times in (each.cpu_times() for each in self.family()))

    def memory(self) -> int:
        return measuring.tree_memory(self.process.pid)


_RESPONSES = re.compile(rb'^claude_tracker_responses_total\{chain="main",model="([^"]+)"\} (\S+)$', re.MULTILINE)


@contextmanager
def running(database: Path, tree: Path, environment: Mapping[str, str]) -> Iterator[Tracker]:
    """A tracker that is ready. Raises RuntimeError where it does not get so."""
    port = free_port()
    where = ("--database", str(database), "--config-dir", str(tree), "--listen", f"127.0.0.1:{port}")
    process = subprocess.Popen(
        [sys.executable, "-m", "exporter", "run", *where],
        env=dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    tracker = Tracker(process, port)
    try:
        wait_ready(tracker)
        yield tracker
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def wait_ready(tracker: Tracker) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while tracker.get("/-/ready")[0] != 200:
        if tracker.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the tracker did not get ready")
        time.sleep(0.002)


def start_seconds(database: Path, tree: Path, environment: Mapping[str, str]) -> float:
    """From the start of a tracker to its first answer that it is ready."""
    started = time.perf_counter()
    with running(database, tree, environment):
        return time.perf_counter() - started


class Client:
    """Writes one-line responses of one model into its own file, and remembers when."""

    def __init__(self, tree: Path, number: int) -> None:
        self.model = f"claude-bench-{number}"
        self.path = tree / "projects" / "-live" / f"live-{number}.jsonl"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.written: list[float] = []
        self.count = 0
        self._writer = trees.Writer(seed=1_000 + number)
        self._at = int(time.time() * 1000) - 3_600_000

    def write(self) -> None:
        self._at += 1_000
        envelope = trees.envelope_of(self.path.stem, "/home/dev/live", sidechain=False)
        *_, message = self._writer.answer(self.model, 20_000, 500)
        line = self._writer.line(envelope, "assistant", self._at, message) + b"\n"
        self.count += 1
        self.written.append(time.perf_counter())
        with self.path.open("ab") as file:
            file.write(line)


def one_by_one(tracker: Tracker, clients: Sequence[Client], appends: int) -> list[float]:
    """Seconds from each append to its figure. Between appends a pause, so that they meet every state of the tracker."""
    delays = []
    for number in range(appends):
        client = clients[number % len(clients)]
        client.write()
        delays.append(_seconds_until_shown(tracker, client))
        time.sleep(0.001 * (number * 7 % 40))
    return delays


def _seconds_until_shown(tracker: Tracker, client: Client) -> float:
    started = client.written[-1]
    while tracker.counts().get(client.model, 0) < client.count:
        if time.perf_counter() - started > LATE_SECONDS:
            raise RuntimeError(f"a line was not shown within {LATE_SECONDS} s")
    return time.perf_counter() - started


def all_at_once(tracker: Tracker, clients: Sequence[Client], per_second: float, seconds: float) -> list[float]:
    """Seconds from each append to its figure, while all clients write at this rate."""
    before = {client.model: client.count for client in clients}
    for client in clients:
        client.written.clear()
    threads = [threading.Thread(target=_write_on, args=(client, per_second, seconds)) for client in clients]
    for thread in threads:
        thread.start()
    delays: list[float] = []
    shown = dict.fromkeys(before, 0)
    deadline = time.monotonic() + seconds + LATE_SECONDS
    while any(thread.is_alive() for thread in threads) or any(shown[c.model] < len(c.written) for c in clients):
        if time.monotonic() > deadline:
            raise RuntimeError(f"a line was not shown within {LATE_SECONDS} s")
        counts, now = tracker.counts(), time.perf_counter()
        for client in clients:
            counted = counts.get(client.model, 0) - before[client.model]
            delays += (now - at for at in client.written[shown[client.model] : counted])
            shown[client.model] = counted
        time.sleep(0.002)
    return delays


def _write_on(client: Client, per_second: float, seconds: float) -> None:
    started = time.perf_counter()
    for number in range(int(per_second * seconds)):
        time.sleep(max(0.0, started + number / per_second - time.perf_counter()))
        client.write()


def scrapes(tracker: Tracker, count: int) -> list[float]:
    """Seconds of each scrape, on a connection of its own as Prometheus keeps one."""
    seconds = []
    for _ in range(count):
        started = time.perf_counter()
        status, _ = tracker.get("/metrics")
        seconds.append(time.perf_counter() - started)
        if status != 200:
            raise RuntimeError(f"/metrics answered {status}")
    return seconds


def written_bytes(database: Path) -> tuple[tuple[int, int], ...]:
    """What changes whenever the database is written: size and change time of its files."""
    names = [database, database.with_name(database.name + "-wal")]
    return tuple((found.st_size, found.st_mtime_ns) for found in map(os.stat, filter(Path.exists, names)))
