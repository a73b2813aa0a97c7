"""The figures: what is run, against which peer, and what bar it is held to."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from benchmarks import measuring, peer, trees
from benchmarks.measuring import Command


class Figure(msgspec.Struct, frozen=True):
    """One line of the table. `value` is a ratio to the peer's median of pairs, or has a `unit` of its own."""

    name: str
    value: measuring.Spread
    unit: str
    bar: float | None
    ours: measuring.Spread | None = None
    peer: measuring.Spread | None = None


class Bench:
    """A work folder with trees and databases, an environment far from the user's own, and the number of pairs."""

    def __init__(self, work: Path, megabytes: float, pairs: int) -> None:
        self.work = work
        self.megabytes = megabytes
        self.pairs = pairs
        self.database = work / "databases" / "bench.db"
        self.environment = self._environment()
        self._tree: Path | None = None

    def _environment(self) -> dict[str, str]:
        home = self.work / "home"
        home.mkdir(parents=True, exist_ok=True)
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "TZ")}
        folders = {"XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share", "XDG_CACHE_HOME": ".cache"}
        root = Path(__file__).parents[2]
        return (
            kept
            | {name: str(home / folder) for name, folder in folders.items()}
            | {"HOME": str(home), "PYTHONPATH": str(root), "CLAUDE_CONFIG_DIR": str(home / ".claude")}
        )

    def tree(self, megabytes: float | None = None) -> Path:
        """A tree of the size asked for, its pages warm."""
        size = megabytes or self.megabytes
        folder = trees.make(self.work / "trees" / f"{size:g}", size)
        for path in folder.rglob("*.jsonl"):
            path.read_bytes()
        return folder

    def tracker(self, command: str, *arguments: str, tree: Path, database: Path | None = None) -> list[str]:
        """The command line of ours on a tree."""
        where = ("--database", str(database or self.database), "--config-dir", str(tree))
        return [sys.executable, "-m", "exporter", command, *where, *arguments]

    def without_database(self) -> None:
        shutil.rmtree(self.database.parent, ignore_errors=True)
        self.database.parent.mkdir(parents=True)

    def against_ccusage(self, ours: Command, tree: Path, before: Callable[[], None]) -> measuring.Pairs:
        theirs = peer.blocks_command(peer.ccusage(self.work / "ccusage"))
        return measuring.in_turn(ours, theirs, self.environment | {"CLAUDE_CONFIG_DIR": str(tree)}, self.pairs, before)


def first_read(bench: Bench) -> Iterator[Figure]:
    """A new database from nothing, everything kept, against one scan of the peer's."""
    tree = bench.tree()
    pairs = bench.against_ccusage(bench.tracker("ingest", tree=tree), tree, bench.without_database)
    yield Figure("first read: wall, of ccusage's scan", pairs.ratio, "ratio", 0.6, pairs.ours, pairs.peer)


def first_read_memory(bench: Bench) -> Iterator[Figure]:
    tree = bench.tree()
    peaks = []
    for _ in range(3):
        bench.without_database()
        peaks.append(measuring.peak_memory(bench.tracker("ingest", tree=tree), bench.environment) / 1e6)
    yield Figure("first read: memory of all processes", measuring.spread(peaks), "MB", 100)


def growth(bench: Bench) -> Iterator[Figure]:
    """Twice the data, in turn with once the data."""
    once, twice = bench.tree(bench.megabytes / 2), bench.tree()
    pairs = measuring.in_turn(
        ["sh", "-c", 'rm -f "$0"*; exec "$@"', str(bench.database), *bench.tracker("ingest", tree=twice)],
        ["sh", "-c", 'rm -f "$0"*; exec "$@"', str(bench.database), *bench.tracker("ingest", tree=once)],
        bench.environment,
        bench.pairs,
    )
    yield Figure("first read: twice the data, times the time", pairs.ratio, "ratio", 2.1, pairs.ours, pairs.peer)


def warm_status(bench: Bench) -> Iterator[Figure]:
    """`status --json` with everything known, then after a megabyte of appends."""
    tree = bench.tree()
    bench.without_database()
    measuring.timed(bench.tracker("ingest", tree=tree), bench.environment)
    ours = bench.tracker("status", "--json", tree=tree)
    pairs = bench.against_ccusage(ours, tree, lambda: None)
    yield Figure(
        "status, nothing changed: wall, of ccusage's answer", pairs.ratio, "ratio", 0.1, pairs.ours, pairs.peer
    )
    grown = bench.work / "trees" / f"{bench.megabytes:g}-grown"
    shutil.rmtree(grown, ignore_errors=True)
    shutil.copytree(tree, grown)
    bench.without_database()
    measuring.timed(bench.tracker("ingest", tree=grown), bench.environment)
    appender = Appender(grown)
    ours = bench.tracker("status", "--json", tree=grown)
    pairs = bench.against_ccusage(ours, grown, lambda: appender.append(1_000_000))
    yield Figure(
        "status after 1 MB of appends: wall, of ccusage's answer", pairs.ratio, "ratio", 0.15, pairs.ours, pairs.peer
    )


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
    "first-read-memory": first_read_memory,
    "growth": growth,
    "status": warm_status,
}
