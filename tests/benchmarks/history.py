"""A year of history into Prometheus: how fast, in how much memory, in how many blocks."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator

from benchmarks import measuring, trees
from benchmarks.bench import Bench, Figure
from support.services import require_program
from support.stores import scrape_once

YEAR = 365 * 86_400_000
MODELS = (
    "claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001", "claude-opus-4-1-20250805",
    "claude-opus-4-20250514", "claude-sonnet-4-20250514", "claude-3-7-sonnet-20250219", "claude-3-5-sonnet-20241022",
    "claude-3-5-haiku-20241022", "claude-3-opus-20240229",
)  # fmt: skip
PROJECTS = 20


def backfill(bench: Bench) -> Iterator[Figure]:
    """Steps of five minutes, over a year and a million responses at 1,000 MB, of 10 models in 20 projects."""
    require_program("promtool")
    count = int(1_000 * bench.megabytes)
    today = int(time.time()) // 86_400 * 86_400_000
    span = int(YEAR * min(1.0, bench.megabytes / 1_000))
    folder = bench.work / "trees" / f"year-{count}-{today}"
    bench.read(trees.make_many(folder, count, 1_000, today - span, span, MODELS, PROJECTS))
    data = bench.work / "prometheus"
    command = bench.command("backfill", "-o", str(bench.work / "history.om"))
    name = f"{span // 86_400_000} days of {count:,} responses"
    yield Figure(f"{name} as a file: memory", measuring.spread([_peak(bench, command)]), "MB", 150)
    (bench.work / "history.om").unlink()
    shutil.rmtree(data, ignore_errors=True)
    with sqlite3.connect(bench.database) as connection:
        (tracker,) = connection.execute("SELECT value FROM tracker_meta WHERE key = 'tracker'").fetchone()
    scrape_once(bench.work, data, tracker, int(time.time() * 1000))
    seconds = measuring.timed(bench.command("backfill", "--load", "prometheus", "--data", str(data)), bench.environment)
    blocks = [json.loads(path.read_bytes()) for path in data.glob("*/meta.json")]
    samples = sum(block["stats"]["numSamples"] for block in blocks)
    yield Figure(f"{name} into Prometheus: samples a second", measuring.spread([samples / seconds]), "", None)
    yield Figure(f"{name} into Prometheus", measuring.spread([seconds]), "s", None)
    yield Figure(f"{name} into Prometheus: blocks", measuring.spread([len(blocks)]), "", 15)


def _peak(bench: Bench, command: measuring.Command) -> float:
    return measuring.peak_memory(command, bench.environment) / 1e6
