"""The figures: what is run, against which peer, and what bar it is held to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import live, measuring, serving, trees
from benchmarks.bench import Bench, Figure, warm
from benchmarks.earlier import against_before, status_line
from benchmarks.first_figure import first_figure
from benchmarks.history import backfill
from benchmarks.long_block import long_block
from benchmarks.page import page
from benchmarks.soak import soak


def first_read(bench: Bench) -> Iterator[Figure]:
    """A new database from nothing, everything kept, against one scan of the peer's."""
    tree = bench.tree()
    ours = bench.tracker("ingest", tree=tree)
    pairs = bench.against_ccusage(ours, tree, bench.without_database)
    yield Figure("first read: wall, of ccusage's scan", pairs.ratio, "ratio", 0.92, pairs.ours, pairs.peer)
    yield Figure("first read: CPU, of ccusage's scan", pairs.cpu, "ratio", None)
    pairs = bench.against_aiburn(ours, tree, bench.without_database)
    yield Figure("first read: wall, of aiburn's scan", pairs.ratio, "ratio", None, pairs.ours, pairs.peer)
    yield Figure("first read: CPU, of aiburn's scan", pairs.cpu, "ratio", None)
    pairs = bench.against_ccusage(ours, tree, bench.without_prices)
    yield Figure("first read of an installation: the same", pairs.ratio, "ratio", None, pairs.ours, pairs.peer)


def first_read_memory(bench: Bench) -> Iterator[Figure]:
    tree = bench.tree()
    peaks = []
    for _ in range(3):
        bench.without_database()
        peaks.append(measuring.peak_memory(bench.tracker("ingest", tree=tree), bench.environment) / 1e6)
    yield Figure("first read: memory of all processes", measuring.spread(peaks), "MB", 60)


def growth(bench: Bench) -> Iterator[Figure]:
    """Twice the data, in turn with once the data."""
    once, twice = bench.tree(), bench.tree(2 * bench.megabytes)
    pairs = measuring.in_turn(_fresh_read(bench, twice), _fresh_read(bench, once), bench.environment, bench.pairs)
    yield Figure("first read: twice the data, times the time", pairs.ratio, "ratio", 2.05, pairs.ours, pairs.peer)


def wide(bench: Bench) -> Iterator[Figure]:
    """Five times the data in many more files: as many bytes per second, and a start that does not read them."""
    usual = bench.tree()
    folder = bench.work / "trees" / f"wide-{5 * bench.megabytes:g}"
    many = warm(trees.make(folder, 5 * bench.megabytes, turns=trees.SHORT))
    pairs = measuring.in_turn(
        _fresh_read(bench, many), _fresh_read(bench, usual), bench.environment, max(1, bench.pairs // 2)
    )
    sizes = [sum(path.stat().st_size for path in tree.rglob("*.jsonl")) for tree in (many, usual)]
    per_byte = measuring.scaled(pairs.ratio, sizes[1] / sizes[0])
    yield Figure("5 GB in 10,000 files: time a byte, of 1 GB's", per_byte, "ratio", 1.25, pairs.ours, pairs.peer)
    bench.read(many)
    starts = [live.start_seconds(bench.database, many, bench.environment) for _ in range(bench.pairs)]
    yield Figure("5 GB in 10,000 files: start to ready", measuring.spread(starts), "s", 2)


def _fresh_read(bench: Bench, tree: Path) -> list[str]:
    """A first read that begins by deleting the database."""
    return ["sh", "-c", 'rm -f "$0"*; exec "$@"', str(bench.database), *bench.tracker("ingest", tree=tree)]


def warm_status(bench: Bench) -> Iterator[Figure]:
    """`status --json` with everything known, then after a megabyte of appends."""
    tree = bench.tree()
    bench.read(tree)
    ours = bench.tracker("status", "--json", tree=tree)
    pairs = bench.against_ccusage(ours, tree, lambda: None)
    yield Figure(
        "status, nothing changed: wall, of ccusage's answer", pairs.ratio, "ratio", 0.05, pairs.ours, pairs.peer
    )
    pairs = bench.against_aiburn(ours, tree, lambda: None)
    yield Figure("status, nothing changed: wall, of aiburn's scan", pairs.ratio, "ratio", 0.1, pairs.ours, pairs.peer)
    grown = bench.copy_of(tree, "grown")
    bench.read(grown)
    appender = Appender(grown)
    ours = bench.tracker("status", "--json", tree=grown)
    pairs = bench.against_ccusage(ours, grown, lambda: appender.append(1_000_000))
    yield Figure(
        "status after 1 MB of appends: wall, of ccusage's answer", pairs.ratio, "ratio", 0.08, pairs.ours, pairs.peer
    )


def tail(bench: Bench) -> Iterator[Figure]:
    """From an append to its figure on /metrics: one by one over 12 files, then 12 writers at once."""
    tree = bench.copy_of(bench.tree(), "live")
    clients = [live.Client(tree, number) for number in range(12)]
    for client in clients:
        client.write()
    bench.without_database()
    with live.running(bench.database, tree, bench.environment) as tracker:
        delays = live.one_by_one(tracker, clients, bench.sizes.appends)
        yield Figure("append to /metrics: p99", measuring.percentile(delays, 99, 1e3), "ms", 30)
        delays = live.all_at_once(tracker, clients, per_second=20, seconds=bench.sizes.appends / 50)
        yield Figure("12 writers, 20 lines/s each: the latest", measuring.percentile(delays, 100, 1e3), "ms", 150)


def scrape(bench: Bench) -> Iterator[Figure]:
    """A scrape with very many responses stored, and with a hundredth of them."""
    count = int(1_000 * bench.megabytes)
    found = []
    for responses in (count // 100, count):
        tree = trees.make_many(bench.work / "trees" / f"many-{responses}", responses)
        bench.read(tree)
        with live.running(bench.database, tree, bench.environment) as tracker:
            live.scrapes(tracker, 50)
            found.append(live.scrapes(tracker, max(100, bench.sizes.appends)))
    few, many = found
    yield Figure(f"scrape with {count:,} responses: p99", measuring.percentile(many, 99, 1e3), "ms", 10)
    ratio = measuring.percentile(many, 99, 1 / measuring.percentile(few, 99, 1).median)
    yield Figure("the same, of that with a hundredth of them", ratio, "ratio", 1.2)


def idle(bench: Bench) -> Iterator[Figure]:
    """A tracker without requests and without new lines."""
    tree = bench.tree()
    bench.read(tree)
    with live.running(bench.database, tree, bench.environment) as tracker:
        time.sleep(2)
        written, cpu = live.written_bytes(bench.database), tracker.cpu_seconds()
        time.sleep(bench.sizes.idle_seconds)
        used = (tracker.cpu_seconds() - cpu) / bench.sizes.idle_seconds
        writes = int(live.written_bytes(bench.database) != written)
        memory = tracker.memory() / 1e6
    yield Figure("idle: of one core", measuring.spread([100 * used]), "%", 0.1)
    yield Figure("idle: database written", measuring.spread([writes]), "times", 0)
    yield Figure("idle: memory of all processes", measuring.spread([memory]), "MB", 60)


def listen(bench: Bench) -> Iterator[Figure]:
    """Live connections while one client writes: most listen, some never read; then also others that ask for nothing."""
    tree = bench.copy_of(bench.tree(), "live")
    client = live.Client(tree, 0)
    client.write()
    bench.without_database()
    with live.running(bench.database, tree, bench.environment) as tracker:
        for idle, said in ((0, ""), (30, ", with 30 idle and 30 half-sent requests")):
            load = serving.listen(tracker, client, 45, 5, bench.sizes.busy_seconds, idle)
            name = f"45 listeners of 50, 20 changes/s{said}"
            yield Figure(f"{name}: append to message, p99", measuring.percentile(load.delays, 99, 1e3), "ms", 100)
            yield Figure(f"{name}: scrapes, the longest", measuring.percentile(load.scrapes, 100, 1e3), "ms", None)
            yield Figure(f"{name}: memory more", measuring.spread([load.grown / 1e6]), "MB", None)


def answers(bench: Bench) -> Iterator[Figure]:
    """The API and the page over very many responses in many sessions."""
    count = int(1_000 * bench.megabytes)
    today = int(time.time()) // 86_400 * 86_400_000  # the page shows the last weeks
    folder = bench.work / "trees" / f"sessions-{count}-{today}"
    tree = trees.make_many(folder, count, in_session=100, start=today - trees.SPAN)
    bench.read(tree)
    with live.running(bench.database, tree, bench.environment) as tracker:
        for route in serving.ROUTES:
            serving.answers(tracker, route, 5)
            seconds = serving.answers(tracker, route, max(100, bench.sizes.appends))
            yield Figure(f"{route} with {count:,} responses: p99", measuring.percentile(seconds, 99, 1e3), "ms", 20)
        pressed = serving.press(tracker, bench.sizes.busy_seconds)
        yield Figure("the three at 200 requests/s: errors", measuring.spread([pressed.failed]), "times", 0)
        drawn = serving.draws(tracker, bench.pairs)
        yield Figure("the page's first full draw", measuring.spread(drawn), "s", 1.5)


class Appender:
    """Appends new conversation lines to a tree's files, evenly."""

    def __init__(self, tree: Path, files: int = 12) -> None:
        self._files = sorted(tree.rglob("*.jsonl"))[:files]
        self._writer = trees.Writer(seed=99)
        self._at = trees.START + trees.SPAN

    def append(self, size: int) -> None:
        written = 0
        while written < size:
            path = self._files[self._writer.random.randrange(len(self._files))]
            self._at += 60_000
            lines = list(self._writer.conversation(path.stem, "/home/dev/project-1", self._at, 5))
            with path.open("ab") as file:
                written += file.write(b"\n".join(lines) + b"\n")


FIGURES: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    "first-read": first_read,
    "first-figure": first_figure,
    "first-read-memory": first_read_memory,
    "growth": growth,
    "status": warm_status,
    "statusline": status_line,
    "before": against_before,
    "tail": tail,
    "scrape": scrape,
    "long-block": long_block,
    "idle": idle,
    "listen": listen,
    "answers": answers,
    "page": page,
    "wide": wide,
    "backfill": backfill,
    "soak": soak,
}
