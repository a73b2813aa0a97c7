"""A tracker on folders of the test's own: it scans when the test calls it, and returns what it counted."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from exporter.domain.sessions.session import Process, ProcessSample, SessionEvent, SessionRow
from exporter.domain.sessions.session import Record as Registered
from exporter.domain.usage.tokens import TOKEN_TYPES
from exporter.domain.usage.totals import (
    CACHE_FAMILIES,
    EVENT_FAMILIES,
    PROJECT_FAMILIES,
    RUN_FAMILIES,
    USAGE_FAMILIES,
    LabelSet,
)
from exporter.ingest.catch_up import Ingest, no_accounts, open_caught_up
from exporter.ingest.first_read import ReadAccounts
from exporter.ingest.rebuilding import rebuild
from exporter.ingest.reports import Report
from exporter.ingest.sessions.detection import Detection
from exporter.store.database import meta
from exporter.store.sessions import session_rows
from exporter.store.store import Store
from exporter.store.usage import totals
from support.transcripts import Record, write

LATER = 1_798_761_600_000
"""2027-01-01T00:00Z: everything in the tests is over."""

COUNTED_FAMILIES = USAGE_FAMILIES | EVENT_FAMILIES | CACHE_FAMILIES
"""What transcripts say, without the counters of reading itself."""


class Tracker:
    """The database and what reads into it. `now` is its clock, ms; a test may set it on."""

    def __init__(self, database: Path, *roots: Path, now: int = LATER, accounts: ReadAccounts = no_accounts) -> None:
        self.accounts = accounts
        self.database = database
        self.roots = list(roots)
        self.now = now
        self.store: Store
        self.events: list[SessionEvent] = []
        self._ingest: Ingest
        self._detection: Detection
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> Report:
        """Start with the existing database, and read what is new."""
        self._ingest, self.store, report = open_caught_up(
            self.database,
            lambda: self.roots,
            lambda: self.now,
            lambda _: None,
            serves=True,
            accounts=self.accounts,
        )
        self._detection = Detection(self.store, lambda: self.now, self.events.append)
        return report

    def close(self) -> None:
        """End in good order."""
        self._detection.close()
        self.store.close()

    def kill(self) -> None:
        """End without a chance to write anything."""
        self.store.close()

    def restart(self) -> Report:
        self.close()
        return self.start()

    def read_again(self) -> None:
        """Read again what an earlier version has read."""
        self._ingest.finish_reading_again()

    def read_again_a_portion(self) -> None:
        """The first portion only."""
        if self.reads_again:
            self._ingest.read_again()

    @property
    def reads_again(self) -> bool:
        return self._ingest.again.is_needed

    def scan(self) -> Report:
        """Scan everything and read what is new."""
        return self._ingest.catch_up()

    def scan_files(self, *paths: Path) -> Report:
        """Read on in these files only, as after a report of the watcher."""
        return self._ingest.catch_up_with([str(path) for path in paths])

    def see(
        self, *processes: Process, records: Sequence[Registered] = (), missed: Sequence[Registered] = ()
    ) -> list[str]:
        """Take a sample with these processes and registry records. Returns the events as text."""
        self.events.clear()
        self._detection.observe(ProcessSample(processes, {record.pid: record for record in records}, tuple(missed)))
        return [f"{event.what} {event.session_id}" for event in self.events]

    def move_clock(self, by: int) -> None:
        """Tell that the clock was set by so many ms, as the engine does."""
        self._detection.move_clock(by)

    def see_nothing(self) -> None:
        """Take a sample where the processes could not be listed."""
        self._detection.observe(ProcessSample())

    def sessions(self) -> dict[str, SessionRow]:
        """The rows of `real_sessions` by id."""
        return {row.id: row for row in session_rows.recent(self.connection)}

    def rebuild(self) -> Report:
        """Read everything again, as the command does, in a process of its own."""
        report = rebuild(self.store, self.roots, lambda: self.now)
        self.restart()
        return report

    def derive_all_again(self) -> None:
        """Compute all that follows from the stored rows, without reading."""
        with self.store.transaction():
            self.store.derive_all(self.now)

    @property
    def connection(self) -> sqlite3.Connection:
        return self.store.connection

    @property
    def sequence(self) -> int:
        return meta.sequence(self.connection)

    def exact(self, *families: str) -> dict[LabelSet, int]:
        """The exact totals that are not 0, of these families or of all; the parts of a project's label as one."""
        found: Counter[LabelSet] = Counter()
        for total in totals.load(self.connection):
            if total.exact and (not families or total.family in families):
                labels = total.labels[:1] if total.family in PROJECT_FAMILIES else total.labels
                found[total.family, labels] += total.exact
        return dict(found)

    def counted(self) -> dict[LabelSet, int]:
        """The exact totals of what transcripts say."""
        return self.exact(*COUNTED_FAMILIES)

    def lasting(self) -> dict[LabelSet, int]:
        """The exact totals without the runs of sessions, which depend on the times of samples."""
        return {key: value for key, value in self.exact().items() if key[0] not in RUN_FAMILIES}

    def figures(self) -> Figures:
        """The same in the words of a test, with the reasons of skipped lines."""
        exact = self.exact()
        return Figures(
            tokens=_tokens(exact),
            responses=_sum_of(exact, "responses"),
            cost=_sum_of(exact, "cost"),
            unpriced=_sum_of(exact, "unpriced_tokens"),
            incomplete=_sum_of(exact, "incomplete_responses"),
            prompts=_sum_of(exact, "prompts"),
            tool_calls=_by_label(exact, "tool_calls"),
            api_errors=_by_label(exact, "api_errors"),
            skipped=_by_label(exact, "ingest_skipped_lines"),
        )

    def peaks(self) -> dict[LabelSet, int]:
        """What /metrics shows."""
        return {(total.family, total.labels): total.peak for total in totals.load(self.connection)}

    def rows(self, table: str) -> list[tuple[object, ...]]:
        """Everything in a table, in the order of its first columns."""
        return sorted(self.connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)


@dataclass(frozen=True)
class Figures:
    """The exact totals as a test states them; what it does not name is 0.

    `tokens` by model (a subagent's as `model/subagent`): input, output, cache read, cache written for 5
    minutes, for 1 hour; zeros at the end may be left out. `cost` in nano-dollars.
    """

    tokens: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    responses: int = 0
    cost: int = 0
    unpriced: int = 0
    incomplete: int = 0
    prompts: int = 0
    tool_calls: Mapping[str, int] = field(default_factory=dict)
    api_errors: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)


def figures_of(root: Path, files: Mapping[str, Sequence[Record | bytes]]) -> Figures:
    """What a new tracker counts in these files, named by their paths below `root` without the ending."""
    for name, records in files.items():
        write(root / "projects" / f"{name}.jsonl", records)
    with Tracker(root / "tracker.db", root / "projects") as tracker:
        return tracker.figures()


def _sum_of(exact: Mapping[LabelSet, int], family: str) -> int:
    return sum(value for (name, _), value in exact.items() if name == family)


def _by_label(exact: Mapping[LabelSet, int], family: str) -> dict[str, int]:
    return {labels[0]: value for (name, labels), value in exact.items() if name == family}


def _tokens(exact: Mapping[LabelSet, int]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for (name, labels), value in exact.items():
        if name == "tokens":
            model, token_type, chain = labels
            counts = found.setdefault(model if chain == "main" else f"{model}/{chain}", [0] * len(TOKEN_TYPES))
            counts[TOKEN_TYPES.index(token_type)] = value
    return {model: _without_last_zeros(counts) for model, counts in found.items()}


def _without_last_zeros(counts: list[int]) -> tuple[int, ...]:
    while counts and not counts[-1]:
        counts.pop()
    return tuple(counts)
