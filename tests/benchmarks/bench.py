"""What every figure is measured with: the work folder, and what runs in it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks import measuring, peer, trees
from benchmarks.measuring import Command

PROGRAM = str(Path(sys.executable).with_name("claude-tracker"))


class Figure(msgspec.Struct, frozen=True):
    """One line of the table. `value` is a ratio to the peer's median of pairs, or has a `unit` of its own."""

    name: str
    value: measuring.Spread
    unit: str
    bar: float | None
    ours: measuring.Spread | None = None
    peer: measuring.Spread | None = None


class Sizes(msgspec.Struct, frozen=True):
    """How much is measured: the tree in MB, which all else is in proportion to, and how often and how long."""

    megabytes: float = 1_000
    pairs: int = 7
    appends: int = 1_000
    idle_seconds: float = 600
    busy_seconds: float = 60


class Bench:
    """A work folder with trees and databases, and an environment far from the user's own."""

    def __init__(self, work: Path, sizes: Sizes, before: str = "HEAD~1") -> None:
        self.work = work
        self.before = before
        """What ours is compared with: a commit, or a checkout that is built."""
        self.sizes = sizes
        self.megabytes = sizes.megabytes
        self.pairs = sizes.pairs
        self.database = work / "databases" / "bench.db"
        self.environment = self._environment()

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
        """A tree of the requested size, its pages warm."""
        size = megabytes or self.megabytes
        return warm(trees.make(self.work / "trees" / f"{size:g}", size))

    def copy_of(self, tree: Path, name: str) -> Path:
        """One that may be changed, already on the disk: writing it out would keep our own writes waiting."""
        copy = self.work / "trees" / f"{tree.name}-{name}"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(tree, copy)
        os.sync()
        return copy

    def fresh_folder(self, name: str) -> Path:
        """An empty one."""
        folder = self.work / "trees" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def read(self, tree: Path) -> None:
        """A new database with everything in it."""
        self.without_database()
        measuring.timed(self.tracker("ingest", tree=tree), self.environment)

    def tracker(self, command: str, *arguments: str, tree: Path, database: Path | None = None) -> list[str]:
        """The command line of ours on a tree."""
        where = ("--database", str(database or self.database), "--config-dir", str(tree))
        return [PROGRAM, command, *where, *arguments]

    def command(self, *arguments: str) -> list[str]:
        """The command line of ours on the database alone."""
        name, *options = arguments
        return [PROGRAM, name, "--database", str(self.database), *options]

    def without_database(self) -> None:
        shutil.rmtree(self.database.parent, ignore_errors=True)
        self.database.parent.mkdir(parents=True)

    def without_prices(self) -> None:
        """As a new installation finds it: no database, and no prices kept from an earlier run."""
        self.without_database()
        shutil.rmtree(self.work / "home" / ".cache", ignore_errors=True)

    def against_ccusage(self, ours: Command, tree: Path, before: Callable[[], None]) -> measuring.Pairs:
        theirs = peer.blocks_command(peer.ccusage(self.work / "ccusage"))
        return measuring.in_turn(ours, theirs, self.environment | {"CLAUDE_CONFIG_DIR": str(tree)}, self.pairs, before)

    def against_aiburn(self, ours: Command, tree: Path, before: Callable[[], None]) -> measuring.Pairs:
        theirs = peer.daily_command(peer.aiburn(self.work / "aiburn"))
        return measuring.in_turn(ours, theirs, self.environment | {"CLAUDE_CONFIG_DIR": str(tree)}, self.pairs, before)


def warm(tree: Path) -> Path:
    for path in tree.rglob("*.jsonl"):
        with path.open("rb") as file:
            while file.read(1 << 20):
                pass
    return tree
