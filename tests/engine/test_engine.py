"""The engine keeps running: failures are reported and retried, and its state is reported as health."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.health import Health
from exporter.domain.retention import Retention
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process, ProcessSample, Record
from exporter.engine import engine as module
from exporter.engine import jobs, sampling
from exporter.engine.engine import Engine
from exporter.errors import DatabaseError
from support.processes import wait_until
from support.snapshots import NOON


class Database:
    """A stand-in for the database: it records its calls and fails as often as configured."""

    def __init__(self) -> None:
        self.opened = self.closed = self.looks = self.limits_read = 0
        self.paths: list[str] = []
        self.portions: list[list[str]] = []
        self.fails_to_open = self.fails_to_look = 0
        self.unreadable: Sequence[str] = ()
        self.is_replaced = False
        self.seen: list[ProcessSample] = []
        self.jumps: list[int] = []
        self.hold = threading.Event()
        self.hold.set()

    def open(self) -> Database:
        if self.fails_to_open:
            self.fails_to_open -= 1
            raise DatabaseError("the disk is full")
        self.opened += 1
        self.is_replaced = False
        return self

    def catch_up(self, folders: Sequence[Path] | None = None) -> Sequence[str]:
        if self.fails_to_look:
            self.fails_to_look -= 1
            raise RuntimeError("what nobody expected")
        self.looks += 1
        return self.unreadable

    def retention(self) -> Retention:
        return Retention(30)

    @property
    def reads_again(self) -> bool:
        return False

    def read_again(self) -> None:
        raise AssertionError

    def catch_up_with(self, paths: Sequence[str]) -> Sequence[str]:
        self.hold.wait(5)
        self.paths += paths
        self.portions.append([Path(path).name for path in paths])
        return ()

    def finish_blocks(self) -> None:
        """Nothing ends in these tests."""

    def observe(self, seen: ProcessSample) -> None:
        self.seen.append(seen)

    def read_limits(self) -> bool:
        self.limits_read += 1
        return True

    def move_clock(self, by: int) -> None:
        self.jumps.append(by)

    def is_current(self) -> bool:
        return not self.is_replaced

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of transcripts, and an engine that does not wait long before it tries again."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    folder = tmp_path / "projects"
    folder.mkdir()
    return folder


@contextmanager
def running(database: Database, root: Path, **more: Any) -> Iterator[Engine]:
    more = {"clock": lambda: NOON, **more}
    engine = Engine(database.open, lambda: [root], lambda name: name.endswith(".jsonl"), **more)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def success_of(health: Health) -> bool | None:
    return health.collectors[0].success if health.collectors else None


def healthy(engine: Engine) -> Callable[[], bool]:
    return lambda: success_of(engine.health()) is True


def test_a_new_root_is_scanned_and_watched(root: Path) -> None:
    database = Database()
    with running(database, root) as engine:
        wait_until(lambda: database.looks, "it looked")
        (root / "s1.jsonl").write_text("{}\n")
        (root / "notes.txt").write_text("nothing for us")
        wait_until(lambda: database.paths, "it got the change")
        health = engine.health()
    assert {str(root / "s1.jsonl")} == set(database.paths)
    assert (True, NOON, 0.0, True) == (
        success_of(health), health.last_success_at, health.lag_s, health.watcher_up,
    )  # fmt: skip
    assert (1, 1) == (database.opened, database.closed)


def test_a_single_change_is_passed_on_at_once_and_a_burst_is_batched(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COALESCE_SECONDS", 0.5)
    database = Database()
    with running(database, root):
        wait_until(lambda: database.looks, "it looked")
        (root / "a.jsonl").touch()
        wait_until(lambda: database.portions, "it got the first", seconds=5)
        for name in "bcd":
            (root / f"{name}.jsonl").touch()
        wait_until(lambda: len(database.portions) > 1, "it got the others")
    assert [["a.jsonl"], ["b.jsonl", "c.jsonl", "d.jsonl"]] == database.portions


def test_a_failed_open_is_retried(root: Path) -> None:
    database = Database()
    database.fails_to_open = 2
    with running(database, root) as engine:
        wait_until(healthy(engine), "it recovered")
    assert (1, 0) == (database.opened, database.fails_to_open)


def test_failed_work_is_reported_and_retried(root: Path) -> None:
    database = Database()
    database.fails_to_look = 3
    with running(database, root) as engine:
        wait_until(lambda: success_of(engine.health()) is False, "the failure is reported")
        wait_until(lambda: database.looks, "the look was made all the same")
        wait_until(healthy(engine), "it recovered")
    assert 1 == database.opened


def test_unreadable_files_show_as_a_failure(root: Path) -> None:
    database = Database()
    database.unreadable = ["s1.jsonl: Permission denied"]
    with running(database, root) as engine:
        wait_until(lambda: database.looks, "it looked")
        wait_until(lambda: success_of(engine.health()) is False, "the failure is reported")


def test_unread_changes_have_a_lag(root: Path) -> None:
    database = Database()
    with running(database, root) as engine:
        wait_until(lambda: database.looks, "it looked")
        wait_until(healthy(engine), "it is done")
        database.hold.clear()
        (root / "s1.jsonl").write_text("{}\n")
        wait_until(lambda: (engine.health().lag_s or 0) > 0, "it lags")
        first = engine.health().lag_s or 0
        wait_until(lambda: (engine.health().lag_s or 0) > first, "ever more")
        database.hold.set()
        wait_until(lambda: engine.health().lag_s == 0, "it caught up")


def test_health_is_reported_while_busy_and_while_failing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEALTH_SECONDS", 0.02)
    database, reported = Database(), list[Health]()
    with running(database, root, write_health=reported.append):
        wait_until(lambda: reported and success_of(reported[-1]), "it is well")
        database.hold.clear()
        (root / "s1.jsonl").write_text("{}\n")
        wait_until(lambda: (reported[-1].lag_s or 0) > 0, "it lags")
        database.hold.set()
        wait_until(lambda: reported[-1].lag_s == 0, "it caught up")
        database.fails_to_look = 1_000_000
        (root / "folder").mkdir()
        wait_until(lambda: success_of(reported[-1]) is False, "it fails")


def test_a_failing_health_report_does_no_harm(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEALTH_SECONDS", 0.02)
    database, tried = Database(), list[Health]()

    def fail(health: Health) -> None:
        tried.append(health)
        raise DatabaseError("the disk is full")

    with running(database, root, write_health=fail):
        wait_until(lambda: len(tried) > 2 and database.looks, "it goes on")


def test_submitted_data_is_processed_at_once(root: Path) -> None:
    database, inbox = Database(), root.parent / "inbox"
    inbox.mkdir()
    with running(database, root, inbox=inbox, sample_seconds=60.0):
        wait_until(lambda: database.looks, "it looked")
        before = database.limits_read
        (inbox / "1-1.tmp").write_text("{}")
        (inbox / "1-1.tmp").rename(inbox / "1-1.json")
        wait_until(lambda: database.limits_read > before, "it is taken", seconds=5)


def test_a_changed_record_takes_a_sample_at_once(root: Path) -> None:
    database, registry = Database(), root.parent / "sessions"
    registry.mkdir()
    samples = itertools.count()

    def take_sample() -> ProcessSample:
        return ProcessSample((), {}, (Record(next(samples), "a"),))

    more = {"registries": lambda: [registry], "sample_seconds": 60.0}
    with running(database, root, take_sample=take_sample, **more):

        def seen() -> int:
            return sum(len(sample.missed) for sample in database.seen)

        wait_until(lambda: seen() == 2, "the first, and one for the folder that is watched now")
        (registry / "7.json").touch()
        wait_until(lambda: seen() > 2, "one for the new record", seconds=5)
        before = seen()
        (registry / "7.json").unlink()
        wait_until(lambda: seen() > before, "one for the removed record", seconds=5)


def test_a_burst_of_changed_records_takes_few_samples(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "SOON_SECONDS", 0.5)
    taken: list[ProcessSample] = []
    sampler = sampling.Sampling(lambda: ProcessSample((), {}, (Record(1, "a"),)), taken.append)
    sampler.start()
    for _ in range(100):
        sampler.take_soon()
    wait_until(lambda: taken, "the first at once", seconds=0.4)
    sampler.stop()
    assert len(taken) <= 2


def test_samples_that_a_busy_thread_has_no_time_for_are_all_seen(root: Path) -> None:
    database, samples = Database(), itertools.count()
    taken: list[int] = []

    def take_sample() -> ProcessSample:
        taken.append(next(samples))
        return ProcessSample((Process(taken[-1], 1_000, Kind.CODE, str(taken[-1])),))

    with running(database, root, take_sample=take_sample, sample_seconds=0.05):
        wait_until(lambda: database.looks, "it looked")
        database.hold.clear()
        (root / "s1.jsonl").write_text("{}\n")
        first = len(taken)
        wait_until(lambda: len(taken) > first + 5, "more were taken")
        database.hold.set()
        wait_until(lambda: len(database.seen) > first + 5, "they are seen")
    seen = [process.pid for sample in database.seen for process in sample.processes or ()]
    assert list(range(len(seen))) == seen


def test_a_replaced_database_file_is_reopened(root: Path) -> None:
    database = Database()
    with running(database, root):
        wait_until(lambda: database.looks, "it looked")
        database.is_replaced = True
        (root / "s1.jsonl").write_text("{}\n")
        wait_until(lambda: database.opened == 2, "it was reopened")


class SetClock(datetime):
    """The time as it is after the clock was set."""

    by = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.by


@pytest.mark.parametrize("by", [timedelta(hours=-1), timedelta(days=-365), timedelta(hours=1), timedelta(days=365)])
def test_jobs_go_on_after_the_clock_is_set(root: Path, monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    monkeypatch.setattr(SetClock, "by", timedelta())
    for place in ("schedulers.base", "executors.base"):
        monkeypatch.setattr(f"apscheduler.{place}.datetime", SetClock)
    monkeypatch.setattr(jobs, "datetime", SetClock)
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(module, "SCAN_SECONDS", 0.2)
    samples = itertools.count()
    taken: list[int] = []

    def take_sample() -> ProcessSample:
        taken.append(next(samples))
        return ProcessSample()

    database = Database()
    more = {"clock": lambda: round(SetClock.now(UTC).timestamp() * 1_000), "sample_seconds": 0.2}
    with running(database, root, take_sample=take_sample, **more):
        wait_until(lambda: len(taken) > 1 and database.looks > 1, "it is regular")
        SetClock.by = by
        wait_until(lambda: database.jumps, "it noticed", seconds=5)
        before, looks = len(taken), database.looks
        wait_until(lambda: len(taken) > before + 2 and database.looks > looks + 1, "and goes on", seconds=5)
    assert 1 == len(database.jumps)
    assert abs(database.jumps[0] - by / timedelta(milliseconds=1)) < 5_000


def test_stopping_before_starting_does_nothing(root: Path) -> None:
    Engine(Database().open, lambda: [root], lambda name: True, lambda: NOON).stop()
