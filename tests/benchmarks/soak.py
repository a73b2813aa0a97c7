"""A day of the demo's life in the time given: what the tracker takes meanwhile, and whether a token is off."""

from __future__ import annotations

import os
import signal
import sqlite3
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import psutil

from benchmarks import measuring
from benchmarks.bench import PROGRAM, Bench, Figure
from exporter.store.damage import integrity

DAY_SECONDS = 86_400
SAMPLES, SLEEPS = 240, 12
ASLEEP_SECONDS = 2.0


class Taken(NamedTuple):
    """By all processes of the tracker at one time."""

    memory: float
    descriptors: int
    threads: int
    journal: float


def soak(bench: Bench) -> Iterator[Figure]:
    """`--idle-seconds` is how long the day takes: 3600 for an hour."""
    folder = bench.fresh_folder("soak")
    length, port = bench.sizes.idle_seconds, 3_917
    words = [
        "demo",
        "--days=1",
        f"--speed={DAY_SECONDS / length}",
        f"--port={port}",
        f"--folder={folder / 'demo'}",
        "--timezone=UTC",
    ]
    with subprocess.Popen(
        [PROGRAM, *words], env=bench.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as demo:
        try:
            samples = list(_watched(demo.pid, folder / "demo" / "claude_usage.db", port, length))
            off = _tokens_off(bench, folder)
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(30)
    half = len(samples) // 2
    yield Figure(
        "soak: memory at the end, of that in the middle", _growth(samples, half, lambda one: one.memory), "ratio", 1.10
    )
    yield Figure("soak: memory of all processes", measuring.spread([one.memory for one in samples]), "MB", None)
    for name, value in (("descriptors", lambda one: one.descriptors), ("threads", lambda one: one.threads)):
        more = _median(samples[-len(samples) // 8 :], value) - _median(samples[half : half + len(samples) // 8], value)
        yield Figure(f"soak: {name} more than in the middle", measuring.spread([more]), name, 0)
    yield Figure("soak: the journal", measuring.spread([one.journal for one in samples]), "MB", None)
    yield Figure("soak: tokens off", measuring.spread([off]), "tokens", 0)


def _median(samples: list[Taken], value: Callable[[Taken], float]) -> float:
    return statistics.median(value(one) for one in samples)


def _growth(samples: list[Taken], half: int, value: Callable[[Taken], float]) -> measuring.Spread:
    eighth = len(samples) // 8
    middle = _median(samples[half : half + eighth], value)
    return measuring.spread([value(one) / middle for one in samples[-eighth:]])


def _watched(demo: int, database: Path, port: int, length: float) -> Iterator[Taken]:
    """Scrapes and samples, evenly; now and then all of the tracker sleeps, as a laptop does."""
    _wait_ready(port)
    started = time.monotonic()
    for number in range(SAMPLES):
        time.sleep(max(0.0, started + (number + 1) * length / SAMPLES - time.monotonic()))
        processes = [one for one in psutil.Process(demo).children(recursive=True) if _is_tracker(one)]
        if number % (SAMPLES // SLEEPS) == SAMPLES // SLEEPS - 1:
            for number_sent in (signal.SIGSTOP, signal.SIGCONT):
                for one in processes:
                    with suppress(psutil.NoSuchProcess):
                        one.send_signal(number_sent)
                time.sleep(ASLEEP_SECONDS if number_sent == signal.SIGSTOP else 0)
        with suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read()
        with suppress(psutil.NoSuchProcess):
            yield _taken(processes, database)


def _wait_ready(port: int) -> None:
    for _ in range(600):
        with suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5).close()
            return
        time.sleep(0.1)
    raise RuntimeError("the demo's tracker is not ready within a minute")


def _is_tracker(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return "run" in process.cmdline()
    return False


def _taken(processes: list[psutil.Process], database: Path) -> Taken:
    journal = Path(f"{database}-wal")
    return Taken(
        sum(measuring.proportional_set_size(one.pid) for one in processes) / 1e6,
        sum(one.num_fds() for one in processes),
        sum(one.num_threads() for one in processes),
        journal.stat().st_size / 1e6 if journal.exists() else 0.0,
    )


def _tokens_off(bench: Bench, folder: Path) -> float:
    """Between the tracker's database and one made of the same files; and between totals and rows."""
    time.sleep(5)  # what was written last is read
    homes = sorted((folder / "demo" / "home").glob(".claude*/projects"))
    other = folder / "second.db"
    named = [part for home in homes for part in ("--config-dir", str(home.parent))]
    stopped = [one for one in psutil.Process().children(recursive=True) if "demo" in _words(one)]
    for one in stopped:
        os.kill(one.pid, signal.SIGSTOP)  # it writes nothing more
    time.sleep(5)
    subprocess.run(
        [PROGRAM, "ingest", "--no-processes", "--database", other, *named], env=bench.environment, check=True
    )
    found = _tokens(folder / "demo" / "claude_usage.db"), _tokens(other)
    differing = integrity.check(folder / "demo" / "claude_usage.db").totals
    for one in stopped:
        os.kill(one.pid, signal.SIGCONT)
    return float(abs(found[0] - found[1]) + len(differing))


def _words(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


def _tokens(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT coalesce(sum(exact), 0) FROM tracker_totals WHERE family = 'tokens'"
        return int(connection.execute(query).fetchone()[0])
