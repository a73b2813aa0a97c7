"""A store of many machines in memory: it takes remote write, and answers as a test wants."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from exporter.domain.calendar.timestamp import HOUR, SECOND, to_iso
from exporter.domain.fleet.state import StoreState
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.metrics.lean import Labels
from exporter.push.answers import Verdict
from exporter.push.pusher import Plan, Pusher
from exporter.push.receiver import Reply
from exporter.push.source import Source
from exporter.push.wire import decode
from exporter.store.damage import saving
from support.tracker import Tracker
from support.transcripts import assistant, prompt

START = 1_795_305_600_000
"""2026-11-22T00:00Z"""
URL = "https://store.example/api/v1/write"
ACCEPTED = Verdict("accepted")


class RemoteStore:
    """`answers`: those of the next requests, one after the other; accepted after them. `max_bytes`: of a body.

    `has_window`: whether it takes what is older than its newest sample by an hour. `skew_s`: of who sends.
    """

    def __init__(self) -> None:
        self.series: dict[Labels, dict[int, float]] = {}
        self.answers: list[Verdict] = []
        self.bodies: list[bytes] = []
        self.has_window = True
        self.loses_answers = False
        self.max_bytes = 1 << 30
        self.skew_s: float | None = 0.0
        self.duplicates = 0

    def post(self, body: bytes) -> Reply:
        self.bodies.append(body)
        verdict = self.answers.pop(0) if self.answers else self._take(body)
        if self.loses_answers:
            verdict = Verdict("later", problem="it did not answer in time")
        return Reply(verdict, self.skew_s)

    def _take(self, body: bytes) -> Verdict:
        if len(body) > self.max_bytes:
            return Verdict("too large", problem="it answered 413")
        found = decode(body)
        newest = max((at for samples in self.series.values() for at in samples), default=0)
        if not self.has_window and any(at < newest - 3_600_000 for one in found for at, _ in one.samples):
            return Verdict("refused", "out_of_order", problem="it answered 400: out of order sample")
        for labels, samples in found:
            kept = self.series.setdefault(labels, {})
            for at, value in samples:
                self.duplicates += kept.get(at, value) != value
                kept[at] = value
        return ACCEPTED

    def times(self) -> list[int]:
        return sorted({at for samples in self.series.values() for at in samples})

    def at(self, name: str, at: int, **labels: str) -> float:
        """The sum of the last values of these series until then (ms)."""
        return sum(
            samples[max(time for time in samples if time <= at)]
            for found, samples in self._of(name, labels)
            if any(time <= at for time in samples)
        )

    def added(self, name: str, **labels: str) -> float:
        """The last values less the first ones: what a range over everything shows."""
        return sum(samples[max(samples)] - samples[min(samples)] for _, samples in self._of(name, labels))

    def resets(self) -> int:
        """How often a counter fell."""
        found = 0
        for labels, samples in self.series.items():
            if dict(labels)["__name__"].endswith("_total"):
                values = [samples[at] for at in sorted(samples)]
                found += sum(after < before for before, after in pairwise(values))
        return found

    def _of(self, name: str, labels: Mapping[str, str]) -> Iterator[tuple[Labels, dict[int, float]]]:
        for found, samples in self.series.items():
            named = dict(found)
            if named["__name__"] == f"claude_tracker_{name}" and labels.items() <= named.items():
                yield found, samples


class KeptInMemory:
    """What outlasts a tracker: outside its database."""

    def __init__(self) -> None:
        self.state = StoreState(URL)

    def load(self) -> StoreState:
        return self.state

    def keep(self, state: StoreState) -> None:
        self.state = state

    @contextmanager
    def exclusive(self, *, waits: bool) -> Iterator[bool]:
        yield True


class Machine:
    """A machine that sends what is in its database. `now`: its clock, ms, which nobody sets."""

    def __init__(self, database: Path, store: RemoteStore, now: int, **labels: str) -> None:
        self.database, self.store, self.now = database, store, now
        self.labels = labels or {"user": "u1", "host": "h1", "team": "a"}
        self.kept = KeptInMemory()
        self.waited = 0.0
        self.since: int | None = None
        self.with_projects = False
        self.start()

    def start(self) -> None:
        """As after a restart of the tracker."""
        self.pusher = Pusher(
            Plan(URL, self.labels, self.since),
            Source(self.database, None, PlanSettings(), ("1.0", "abc"), with_projects=self.with_projects),
            self.store,
            self.kept,
            lambda: self.now,
            lambda: self.now,
            self._wait,
        )

    def push(self) -> StoreState:
        return self.pusher.once()

    def live(self, minutes: int) -> None:
        """The tracker looks every five seconds."""
        for _ in range(minutes * 12):
            self.now += 5_000
            self.pusher.check()

    def _wait(self, seconds: float) -> None:
        self.waited += seconds


class Person:
    """Works on one machine: each response has 10 tokens in and 20 out, and comes with a prompt."""

    def __init__(self, folder: Path, store: RemoteStore, name: str = "one", now: int = START + 6 * HOUR) -> None:
        self.folder = folder / name
        self.projects = self.folder / "projects"
        (self.projects / "-home-dev-shop").mkdir(parents=True, exist_ok=True)
        self.file = self.projects / "-home-dev-shop" / f"{name}.jsonl"
        self.name, self.store = name, store
        self.responses = 0
        self.now = now
        self.tracker = self.open_tracker(self.folder / "tracker.db")
        self.machine = Machine(self.tracker.database, store, self.now)

    def open_tracker(self, database: Path) -> Tracker:
        return Tracker(database, self.projects, now=self.now)

    def works(self, times: int = 1, at: int | None = None, session: str | None = None) -> None:
        for _ in range(times):
            self.responses += 1
            number = f"{self.name}{self.responses}"
            iso = to_iso(self.now - SECOND if at is None else at)
            session_id = session or self.name
            lines = [
                prompt(uuid=f"p{number}", session=session_id, at=iso),
                assistant(f"m{number}", request=f"r{number}", uuid=f"u{number}", session=session_id, at=iso),
            ]
            with self.file.open("ab") as file:
                file.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        self.tracker.now = self.now
        self.tracker.scan()

    def sleeps(self, ms: int) -> None:
        self.now += ms
        self.machine.now = self.now

    def pushes(self) -> None:
        self.machine.now = self.now
        self.machine.push()

    def reinstalls(self, *, keeps_transcripts: bool) -> None:
        """A new database; what the store acknowledged is kept outside it."""
        self.tracker.close()
        self.tracker.database.unlink()
        if not keeps_transcripts:
            self.file.unlink()
        self.tracker = self.open_tracker(self.tracker.database)
        self.machine.start()

    def backs_up(self, backup: Path) -> None:
        saving.save(self.tracker.database, backup)

    def restores(self, backup: Path) -> None:
        """An older database in the place of the present one; the tracker that starts then gives it a new id."""
        shown = self.tracker.store.sequence()
        self.tracker.close()
        self.tracker.database.unlink()
        shutil.copyfile(backup, self.tracker.database)
        self.tracker = self.open_tracker(self.tracker.database)
        self.tracker.store.claim_id(self.name, lambda _: shown)
        self.machine.start()

    def clone(self, name: str, **labels: str) -> Person:
        """Another machine that began as an image of this one: with its database, its transcripts and what it sent."""
        self.tracker.store.claim_id(self.name, lambda _: 0)
        folder = self.folder.parent / name
        shutil.copytree(self.projects, folder / "projects")
        self.backs_up(folder / "tracker.db")
        other = Person(self.folder.parent, self.store, name, now=self.now)
        other.tracker.store.claim_id(name, lambda _: 0)
        other.machine.labels = labels
        other.machine.kept.state = self.machine.kept.state
        other.machine.start()
        return other
