"""Times whole commands in turn with their peers, and weighs all processes of one."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psutil

POLL_SECONDS = 0.02


class Spread(msgspec.Struct, frozen=True):
    """Of several runs: seconds, bytes or ratios."""

    low: float
    median: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    return Spread(min(values), statistics.median(values), max(values))


def scaled(values: Spread, factor: float) -> Spread:
    return Spread(values.low * factor, values.median * factor, values.high * factor)


def percentile(values: Sequence[float], percent: float, factor: float) -> Spread:
    """The percentile as the middle of a spread from the median to the largest, times `factor`."""
    ordered = sorted(values)
    at = ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
    return scaled(Spread(statistics.median(ordered), at, ordered[-1]), factor)


class Pairs(msgspec.Struct, frozen=True):
    """Two commands timed in turn: seconds of wall clock, and their ratios pair by pair. `cpu`: of processor time."""

    ours: Spread
    peer: Spread
    ratio: Spread
    cpu: Spread
    count: int


class Timing(msgspec.Struct, frozen=True):
    """Seconds of wall clock, and of processor time of the command and all that it started and waited for."""

    wall: float
    cpu: float


Command = Sequence[str]


def timed(command: Command, environment: Mapping[str, str]) -> float:
    """Seconds of wall clock from start to end. Raises RuntimeError where the command fails."""
    return timing(command, environment).wall


def timing(command: Command, environment: Mapping[str, str]) -> Timing:
    """How long it takes from start to end. Raises RuntimeError where the command fails."""
    before, started = _children_seconds(), time.perf_counter()
    done = subprocess.run(
        command, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    wall = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return Timing(wall, _children_seconds() - before)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def in_turn(
    ours: Command,
    peer: Command,
    environment: Mapping[str, str],
    pairs: int,
    before: Callable[[], None] = lambda: None,
    before_peer: Callable[[], None] = lambda: None,
) -> Pairs:
    """Ours, peer, ours, peer … after one pair that does not count. `before` prepares each of our runs, `before_peer`
    each of the peer's.
    """
    times: list[tuple[Timing, Timing]] = []
    for _ in range(pairs + 1):
        before()
        mine = timing(ours, environment)
        before_peer()
        times.append((mine, timing(peer, environment)))
    counted = times[1:]
    return Pairs(
        spread([mine.wall for mine, _ in counted]),
        spread([theirs.wall for _, theirs in counted]),
        spread([mine.wall / theirs.wall for mine, theirs in counted]),
        spread([mine.cpu / theirs.cpu for mine, theirs in counted]),
        pairs,
    )


def peak_memory(command: Command, environment: Mapping[str, str]) -> int:
    """The largest sum of proportional set sizes over the command and all it started, bytes.

    Raises RuntimeError where the command fails.
    """
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL)
    peak, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(POLL_SECONDS):
            peak = max(peak, tree_memory(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    status = process.wait()
    ended.set()
    watcher.join()
    if status != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {status}")
    return peak


def tree_memory(pid: int) -> int:
    """The sum of proportional set sizes of a process and its descendants, bytes; of those that can be seen."""
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    return sum(proportional_set_size(member.pid) for member in family)


def proportional_set_size(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def machine() -> dict[str, object]:
    """What the figures were measured on, without its name."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "unknown"
    )
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load": round(os.getloadavg()[0], 2),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
