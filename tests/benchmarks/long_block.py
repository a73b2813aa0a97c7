"""One running block with few and with many responses: what a commit costs in each, and the current state."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks import measuring, trees
from benchmarks.bench import Bench, Figure
from exporter.domain.calendar.timestamp import HOUR, MINUTE
from exporter.domain.limits.reading import FIVE_HOUR, SEVEN_DAY, Reading
from exporter.ingest.catch_up import Ingest, open_caught_up
from exporter.metrics.collector import Exposition
from exporter.snapshot.snapshot_json import to_json
from exporter.snapshot.take import take, take_current
from exporter.store.reader import Reader
from exporter.store.store import Store

START = trees.START // (24 * HOUR) * 24 * HOUR + 9 * HOUR
"""The start of the block, ms."""
SPAN = 4 * HOUR + 40 * MINUTE
"""The responses lie in so much of it, evenly; then the appends follow, one every 100 ms."""
SESSIONS = 12
RESPONSES_PER_PROMPT = 10
RESPONSES_PER_STOP = 500
FEW, MANY_PER_MEGABYTE = 1_000, 200
UNCOUNTED = 10
"""The first appends warm up."""
BAR = 1.5


class Talk:
    """Writes the lines of the sessions of one block."""

    def __init__(self, folder: Path) -> None:
        self._writer = trees.Writer(seed=5)
        self._sessions = [self._writer.uuid() for _ in range(SESSIONS)]
        self._folder = folder
        self.count = 0

    def next(self, at: int) -> tuple[Path, list[bytes]]:
        """The transcript and the lines of the next response at `at` (ms): also its prompt, or that it was stopped."""
        turn, number = divmod(self.count, SESSIONS)
        self.count += 1
        session, project = self._sessions[number], f"project-{number % 4}"
        envelope = trees.envelope_of(session, f"/home/dev/{project}", sidechain=False)
        body = self._writer.bare(trees.MODELS[number % len(trees.MODELS)])
        if turn % 2:
            body["message"]["content"] = [
                {"type": "tool_use", "id": self._writer.key("toolu_"), "name": "Bash", "input": {}}
            ]
        lines = [self._writer.line(envelope, "assistant", at, body)]
        if turn % RESPONSES_PER_PROMPT == 0:
            lines.insert(0, self._line_of_user(envelope, at - 1, "go on"))
        if turn % RESPONSES_PER_STOP == RESPONSES_PER_STOP - 1:
            lines.append(self._line_of_user(envelope, at + 1, "[Request interrupted by user]"))
        return self._folder / "projects" / f"-home-dev-{project}" / f"{session}.jsonl", lines

    def _line_of_user(self, envelope: trees.Json, at: int, text: str) -> bytes:
        return self._writer.line(envelope, "user", at, {"message": {"role": "user", "content": text}})


def fill(folder: Path, responses: int) -> Talk:
    """Write so many responses, evenly over the block."""
    talk = Talk(folder)
    found: dict[Path, list[bytes]] = {}
    for number in range(responses):
        path, lines = talk.next(START + MINUTE + number * SPAN // responses)
        found.setdefault(path, []).extend(lines)
    for path, lines in found.items():
        trees.write(path, lines)
    return talk


class Costs(NamedTuple):
    """Seconds of processor time: of a commit, of a scrape, of `/api/analytics/current`."""

    commit: float
    scrape: float
    current: float


class Block:
    """A database with so many responses in the running block, and what reads into it and from it."""

    def __init__(self, database: Path, folder: Path, responses: int) -> None:
        self._talk = fill(folder, responses)
        self._now = START + MINUTE + SPAN
        self._ingest: Ingest
        self._store: Store
        self._ingest, self._store, _ = open_caught_up(
            database, lambda: [folder], lambda: self._now, lambda _: None, serves=True
        )
        resets_at = START + 5 * HOUR
        self._store.take_readings(
            [
                Reading(FIVE_HOUR, "statusline", self._now - MINUTE, 0.4, resets_at),
                Reading(SEVEN_DAY, "statusline", self._now - MINUTE, 0.2, resets_at + 48 * HOUR),
            ],
            self._now,
        )
        self._scraped, self._shown = Reader(database), Reader(database)
        self._exposition = Exposition("0", "benchmark")

    def costs(self) -> Costs:
        """Of one more entry."""
        self._now += 100
        path, lines = self._talk.next(self._now)
        with path.open("ab") as file:
            file.write(b"\n".join(lines) + b"\n")
        return Costs(_cpu(lambda: self._ingest.catch_up_with([str(path)])), _cpu(self._scrape), _cpu(self._answer))

    def _scrape(self) -> None:
        current = take_current(self._scraped, self._now)
        if current is None:
            raise RuntimeError("nothing is stored")
        self._exposition.expose(current, "")

    def _answer(self) -> None:
        snapshot = take(self._shown, self._now)
        if snapshot is None:
            raise RuntimeError("nothing is stored")
        to_json(snapshot)

    def close(self) -> None:
        for one in (self._scraped, self._shown, self._store):
            one.close()


def _cpu(work: Callable[[], object]) -> float:
    """Seconds of processor time, of all threads of this process."""
    started = time.process_time()
    work()
    return time.process_time() - started


def long_block(bench: Bench) -> Iterator[Figure]:
    """A commit, a scrape and the current state, in turn with 1,000 and with very many responses in one block."""
    many = int(MANY_PER_MEGABYTE * bench.megabytes)
    bench.without_database()
    blocks = [
        Block(bench.database.with_name(f"{name}.db"), bench.fresh_folder(f"block-{name}"), responses)
        for name, responses in (("few", FEW), ("many", many))
    ]
    found = [[block.costs() for block in blocks] for _ in range(UNCOUNTED + max(30, bench.sizes.appends // 2))]
    for block in blocks:
        block.close()
    counted = found[UNCOUNTED:]
    for number, name in enumerate(("a commit", "a scrape", "/api/analytics/current")):
        few, much = (statistics.median(pair[which][number] for pair in counted) for which in (0, 1))
        said = f"{name} with {many:,} responses in one block"
        yield Figure(f"{said}: CPU", measuring.spread([pair[1][number] * 1e3 for pair in counted]), "ms", None)
        yield Figure(f"{said}: of that with {FEW:,}", measuring.spread([much / few]), "ratio", BAR)
