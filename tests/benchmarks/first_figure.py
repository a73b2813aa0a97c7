"""How soon a new database shows something that is right: block and today, of a history whose last day is 2 % of it."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks import measuring, peer, trees
from benchmarks.bench import Bench, Figure, warm
from exporter.store.database.early_place import early_path
from support.services import free_port

POLL_SECONDS = 0.001
CURRENT = "/api/analytics/current"


def first_figure(bench: Bench) -> Iterator[Figure]:
    """From the start of a command to the first figure, in turn with the peer's scan of the same files."""
    today = int(time.time() * 1_000) // 3_600_000 * 3_600_000
    folder = bench.work / "trees" / f"recent-{bench.megabytes:g}-{today}"
    tree = warm(trees.make(folder, bench.megabytes, ends=today))
    theirs = peer.blocks_command(peer.ccusage(bench.work / "ccusage"))
    environment = bench.environment | {"CLAUDE_CONFIG_DIR": str(tree)}
    shown: list[float] = []
    answered: list[float] = []
    scanned: list[float] = []
    for _ in range(bench.pairs + 1):  # the first does not count
        bench.without_database()
        shown.append(_until_shown(bench, tree))
        bench.without_database()
        answered.append(_until_answered(bench, tree))
        scanned.append(measuring.timed(theirs, environment))
    peers = measuring.spread(scanned[1:])
    for name, own in (("newest part, from `ingest`", shown), ("API's answer, from `run`", answered)):
        ratios = [mine / scan for mine, scan in zip(own[1:], scanned[1:], strict=True)]
        bar = 0.15 if own is shown else 0.4
        yield Figure(
            f"{name}: of ccusage's scan", measuring.spread(ratios), "ratio", bar, measuring.spread(own[1:]), peers
        )


def _until_shown(bench: Bench, tree: Path) -> float:
    """Seconds until the newest part is there, or everything."""
    started = time.perf_counter()
    places = (early_path(bench.database), bench.database)
    process = subprocess.Popen(bench.tracker("ingest", tree=tree), env=bench.environment, stdout=subprocess.DEVNULL)
    while not any(map(os.path.exists, places)):
        if process.poll() not in (None, 0):
            raise RuntimeError("`ingest` failed")
        time.sleep(POLL_SECONDS)
    seconds = time.perf_counter() - started
    process.wait()
    return seconds


def _until_answered(bench: Bench, tree: Path) -> float:
    """Seconds until the API answers with the block."""
    port = free_port()
    where = ("--database", str(bench.database), "--config-dir", str(tree), "--listen", f"127.0.0.1:{port}")
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "exporter", "run", *where],
        env=bench.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            if process.poll() is not None:
                raise RuntimeError("`run` ended")
            time.sleep(POLL_SECONDS)
        return time.perf_counter() - started
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", CURRENT)
        return connection.getresponse().status == 200
    return False
