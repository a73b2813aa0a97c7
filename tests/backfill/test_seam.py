"""History loaded into a real Prometheus or VictoriaMetrics that scrapes the tracker: the seam is invisible."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from exporter.domain.calendar.timestamp import HOUR, MINUTE
from support.processes import Server, command_line, run_command, wait_until
from support.prometheus import Prometheus, prometheus, running_victoria
from support.services import require_program
from support.trees import Tree, made

pytestmark = pytest.mark.server

LONG = "--storage.tsdb.retention.time=100y"
DAYS = 70
STEP = 10 * MINUTE
"""Twice the usual one, so that the months take half as long."""
TYPES = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_input_tokens",
    "cache_write_5m": "cache_creation_input_tokens",
    "cache_write_1h": "cache_creation_input_tokens",
}
"""The truth's words for ours."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Two months until now."""
    return made(tmp_path_factory.mktemp("tree"), 30, 3)


@pytest.fixture(scope="module")
def tracker(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("tracker")
    with Server(folder, "--config-dir", tree.projects.parent) as server:
        server.wait_ready()
        yield server


class Store(NamedTuple):
    """A metrics store that can be filled and queried."""

    run: Callable[[], AbstractContextManager[Prometheus]]
    """Start it, over what it holds."""
    options: Callable[[Prometheus], list[str]]
    """How to load it."""
    shows_at_once: bool
    """Whether it shows loaded samples without a restart."""


@pytest.fixture(params=["prometheus", "victoriametrics"])
def store(request: pytest.FixtureRequest, tracker: Server, tmp_path: Path) -> Store:
    if request.param == "prometheus":
        require_program("promtool")
        folder = tmp_path / "prometheus"
        return Store(
            lambda: prometheus(folder, tracker.port, LONG),
            lambda _: ["--load", "prometheus", "--data", f"{folder}/data"],
            shows_at_once=False,
        )
    return Store(
        lambda: running_victoria(tmp_path / "victoria", tracker.port),
        lambda server: ["--load", "victoriametrics", "--url", server.url],
        shows_at_once=True,
    )


def backfill(tracker: Server, *options: str) -> list[str]:
    named = ["--database", str(tracker.database), "--step", "10m"]
    return ["backfill", *named, *options]


def load(tracker: Server, store: Store, server: Prometheus) -> str:
    outcome = run_command(*backfill(tracker, *store.options(server)))
    assert (0, "") == (outcome.code, outcome.stderr)
    return outcome.stdout


def wait_scraped(server: Prometheus, times: int = 3) -> None:
    wait_until(
        lambda: (server.value("count_over_time(claude_tracker_block_active[1m])") or 0) >= times,
        "the tracker is scraped",
    )


class Answers(NamedTuple):
    """What a store answers. By model and token type, and by series."""

    increases: dict[tuple[str, str], float]
    resets: dict[str, float]
    counts: Counter[str]
    blocks: list[dict[str, Any]]


def answers(server: Prometheus, tracker: Server) -> Answers:
    times = server.query(f"claude_tracker_block_active[{DAYS}d]")[0]["values"]
    first, last = (round(float(times[place][0]) * 1000) for place in (0, -1))
    span = f"[{last - first}ms]"
    names = [one["metric"]["__name__"] for one in server.query('count by (__name__) ({__name__=~"claude_tracker_.+"})')]
    tokens = server.query(f"sum by (model, token_type) (increase(claude_tracker_tokens_total{span}))", last)
    fell = {name: server.value(f"sum(resets({name}{span}))", last) for name in names if name.endswith("_total")}
    counts = {name: server.query(f"count_over_time({name}[{DAYS}d])", last - 2 * HOUR) for name in names}
    return Answers(
        {(one["metric"]["model"], one["metric"]["token_type"]): float(one["value"][1]) for one in tokens},
        {name: times for name, times in fell.items() if times},
        Counter({f"{name} {one['metric']}": int(one["value"][1]) for name in names for one in counts[name]}),
        [shown_block(server, at) for at in ten_times(tracker)],
    )


def ten_times(tracker: Server) -> list[int]:
    """Times within blocks, that steps fall on."""
    chance = random.Random(9)
    with sqlite3.connect(tracker.database) as connection:
        rows = connection.execute("SELECT start_at, end_at FROM tracker_blocks").fetchall()
    over = sorted(row for row in rows if row[1] < (time.time() * 1000) - 6 * HOUR)
    return [chance.randrange(start, end) // STEP * STEP for start, end in chance.sample(over, 10)]


def shown_block(server: Prometheus, at: int) -> dict[str, Any]:
    def value(name: str) -> float | None:
        return server.value(f"claude_tracker_{name}", at)

    tokens = {
        (one["metric"]["model"], one["metric"]["token_type"]): float(one["value"][1])
        for one in server.query("claude_tracker_block_tokens > 0", at)
    }
    return {
        "start": value("block_start_timestamp_seconds"),
        "end": value("block_end_timestamp_seconds"),
        "sessions": value("block_sessions"),
        "cost": value("block_cost_usd"),
        "tokens": tokens,
    }


def stored_block(tracker: Server, at: int) -> dict[str, Any]:
    """The block at a time and its usage up to then, from the tables."""
    with sqlite3.connect(tracker.database) as connection:
        start, end = connection.execute(
            "SELECT start_at, end_at FROM tracker_blocks WHERE start_at <= ? ORDER BY start_at DESC LIMIT 1", (at,)
        ).fetchone()
        where = f"FROM tracker_responses WHERE counted AND at >= {start} AND at <= {at}"
        (sessions, cost) = connection.execute(f"SELECT count(DISTINCT owner), sum(cost) {where}").fetchone()
        rows = connection.execute(
            "SELECT model, sum(input), sum(output), sum(cache_read), sum(cache_write_5m), sum(cache_write_1h)"
            f" {where} GROUP BY model"
        ).fetchall()
    tokens = {
        (model.rpartition("-")[0], token_type): float(count)
        for model, *counts in rows
        for token_type, count in zip(TYPES, counts, strict=True)
        if count
    }
    return {
        "start": start / 1000,
        "end": end / 1000,
        "sessions": sessions,
        "cost": pytest.approx((cost or 0) / 10**9),
        "tokens": tokens,
    }


def truth(tree: Tree) -> dict[tuple[str, str], int]:
    """By model and the truth's token types."""
    return {
        (model.rpartition("-")[0], kind): counts[kind]
        for model, counts in tree.truth["models"].items()
        for kind in set(TYPES.values())
    }


def in_the_truths_words(increases: dict[tuple[str, str], float]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for (model, token_type), value in increases.items():
        assert value == round(value), "no share of a token"
        found[model, TYPES[token_type]] += round(value)
    return found


def killed_half_way(tracker: Server, store: Store, server: Prometheus, is_under_way: Callable[[], bool]) -> None:
    options = backfill(tracker, *store.options(server))
    process = subprocess.Popen(command_line(*options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(is_under_way, "the load is under way")
    process.send_signal(signal.SIGKILL)
    assert -signal.SIGKILL == process.wait()


def test_the_seam_is_invisible_even_after_a_killed_load(
    tracker: Server, store: Store, tree: Tree, tmp_path: Path
) -> None:
    data = tmp_path / "prometheus" / "data"

    def is_under_way() -> bool:
        if store.shows_at_once:
            return bool(server.query(f"claude_tracker_block_active[{DAYS}d] offset 1d"))
        return any(file.stat().st_size > 1 << 20 for file in data.glob("claude-tracker-backfill-*/history.om"))

    with store.run() as server:
        wait_scraped(server)
        killed_half_way(tracker, store, server, is_under_way)
        assert "Missing:" in load(tracker, store, server)
        if not store.shows_at_once:
            assert [] == list(data.glob("claude-tracker-backfill-*"))
            drop_a_block(data)  # as if it had been killed while it moved them
            assert "Missing:" in load(tracker, store, server)
    with store.run() as server:
        wait_scraped(server)
        found = answers(server, tracker)
        assert {} == found.resets
        assert truth(tree) == in_the_truths_words(found.increases)
        assert [stored_block(tracker, at) for at in ten_times(tracker)] == found.blocks
        (whole,) = {count for series, count in found.counts.items() if "claude_tracker_tokens_total" in series}
        projects = [count for series, count in found.counts.items() if "project_tokens_total" in series]
        assert all(count <= whole for count in projects), "none twice; a project's begin with its place"
        assert "Nothing is missing from" in load(tracker, store, server)
    with store.run() as server:
        again = answers(server, tracker)
        assert (found.increases, found.blocks) == (again.increases, again.blocks)
        assert found.counts == again.counts


def drop_a_block(data: Path) -> None:
    blocks = sorted(data.glob("*/meta.json"), key=lambda path: path.stat().st_mtime_ns)
    shutil.rmtree(blocks[0].parent)


def test_another_tracker_of_the_same_store_gets_nothing(
    tree: Tree, tracker: Server, store: Store, tmp_path: Path
) -> None:
    """A tracker that nobody scrapes loads nothing where another one is scraped."""
    with store.run() as server:
        wait_scraped(server)
        database = tmp_path / "other.db"
        assert 0 == run_command("ingest", "--database", database, "--config-dir", tree.projects.parent).code
        outcome = run_command("backfill", "--database", database, *store.options(server))
        assert (10, True) == (outcome.code, "has no samples of this tracker, so nothing was loaded" in outcome.stderr)
        wrong = run_command(*backfill(tracker, *store.options(server), "--instance", "localhost:1"))
        assert (10, True) == (wrong.code, f'instance="127.0.0.1:{tracker.port}"' in wrong.stderr)
