"""The engine: a watcher and a scheduler make requests, and one thread ingests.

watchdog ────▶ changed files ──┐
APScheduler ─▶ scans, blocks ──┼─▶ Requests ─▶ one thread ─▶ Ingesting
APScheduler ─▶ process samples ┤
start ───────▶ first read ─────┘
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from exporter.domain.health import CollectorHealth, FolderCounts, Health, Sending
from exporter.domain.sessions.session import ProcessSample
from exporter.engine.clocks import CHECK_SECONDS, Clocks, steady_ms
from exporter.engine.ingester import Ingester
from exporter.engine.jobs import Job, Repeat, plan_again, schedule, schedule_job, scheduler
from exporter.engine.progress import ReadingProgress
from exporter.engine.requests import Request, Requests
from exporter.engine.sampling import Sampling
from exporter.engine.watcher import LOOK_SECONDS, Watcher
from exporter.errors import OverwrittenError

log = logging.getLogger(__name__)

SCAN_SECONDS = 60
"""Seconds between full scans, which find changes that were not reported."""
FINISH_SECONDS = 30
HEALTH_SECONDS = 15
"""Seconds between health reports to separate servers."""
COALESCE_SECONDS = 0.02
"""Minimum time between two ingestions: bursts are combined, a single change is ingested immediately."""
RETRY_SECONDS, MOST_RETRY_SECONDS = 2.0, 60.0
"""After a failure; twice as long after each further one, as while the disk is full."""
CURRENT_SECONDS = 2.0  # without requests, between looks whether the database is still the one at its path
REREAD_SECONDS = 0.05
"""Between portions of what is read again after an upgrade, so that other programs can write."""
STOP_SECONDS = 0.5  # the server has already spent up to a second on open connections


class Engine:
    """Keeps a database up to date from `start` to `stop`.

    `open_database` opens it, after a first read if it is new. It runs on the ingest thread, and again if another file
    replaces the database. Every `sample_seconds`, `take_sample` samples the process list (None: no sampling), also when
    a record in one of the folders `registries` changes (`note_record` is called first, with its path); `has_limit_news`
    returns whether limits have to be read; new files in the folder `inbox` also cause that. `write_health` stores the
    health regularly, and `jobs` run regularly, on other threads, until `stop_jobs`. `sending`: how that to others goes.
    `end_process`: called when the open database was overwritten, which only another process can open. `steady`: ms of a
    clock nobody can set.
    """

    def __init__(
        self,
        open_database: Callable[[], Ingester],
        roots: Callable[[], Sequence[Path]],
        is_transcript: Callable[[str], bool],
        clock: Callable[[], int],
        take_sample: Callable[[], ProcessSample] | None = None,
        has_limit_news: Callable[[], bool] = lambda: False,
        sample_seconds: float = 2.0,
        *,
        write_health: Callable[[Health], None] | None = None,
        inbox: Path | None = None,
        registries: Callable[[], Sequence[Path]] = tuple,
        note_record: Callable[[str], None] = lambda path: None,
        jobs: Sequence[Job] = (),
        stop_jobs: Callable[[], None] = lambda: None,
        sending: Callable[[], Sending] = Sending,
        end_process: Callable[[], None] = sys.exit,
        steady: Callable[[], int] = steady_ms,
    ) -> None:
        self._open_database = open_database
        self._roots = roots
        self._clock = clock
        self._has_limit_news = has_limit_news
        self._sample_seconds = sample_seconds
        self._write_health = write_health
        self._jobs, self._stop_jobs, self._sending = jobs, stop_jobs, sending
        self._end_process = end_process
        self._inbox = [inbox] if inbox is not None else []
        self._registries, self._note_record = registries, note_record
        self._requests = Requests()
        self._sampling = Sampling(take_sample, lambda sample: self._requests.put(samples=(sample,)))
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="ingest", daemon=True)
        self._scheduler = scheduler()
        self._clocks = Clocks(clock, steady, lambda by: plan_again(self._scheduler))
        self._clock_watch = Repeat("clock", self._check_clock, CHECK_SECONDS)
        self._watcher = Watcher(
            is_transcript,
            changed=lambda path: self._requests.put(paths=frozenset((path,))),
            moved=lambda: self._requests.put(scan=True),
        )
        self._json_watcher = Watcher(lambda name: name.endswith(".json"), self._note_json, moved=lambda: None)
        self._progress = ReadingProgress(clock)
        self._limits: CollectorHealth | None = None

    def start(self) -> None:
        self._watch_roots()
        schedule(self._scheduler, partial(self._requests.put, scan=True), SCAN_SECONDS)
        schedule(self._scheduler, self._watch_roots, LOOK_SECONDS)
        schedule(self._scheduler, partial(self._requests.put, finish=True), FINISH_SECONDS)
        schedule(self._scheduler, self._sample, self._sample_seconds, at_once=True)
        if (write := self._write_health) is not None:
            schedule_job(self._scheduler, (lambda: write(self.health()), HEALTH_SECONDS))
        for job in self._jobs:
            schedule_job(self._scheduler, job)
        self._scheduler.start()
        self._sampling.start()
        self._clock_watch.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop within two seconds; a running transaction is either committed or rolled back."""
        self._stopping.set()
        self._requests.close()
        self._clock_watch.stop()
        self._watcher.stop()
        self._json_watcher.stop()
        self._sampling.stop()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._stop_jobs()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def nudge(self) -> bool:
        """Read limits immediately, after a submission. Returns True."""
        self._requests.put(limits=True)
        return True

    def health(self) -> Health:
        """The current health, from memory: an idle tracker writes nothing."""
        sample, progress = self._sampling.last, self._progress
        collectors = (progress.collector, *sample.collectors, self._limits)
        return Health(
            collectors=tuple(collector for collector in collectors if collector is not None),
            last_success_at=progress.last_success_at,
            lag_s=progress.lag_s,
            watcher_up=self._watcher.is_up,
            folders=FolderCounts(self._watcher.watched, len(self._watcher.polled)),
            detects=self._sampling.is_on,
            loads=sample.loads,
            sending=self._sending(),
            retention=progress.retention,
        )

    def _check_clock(self) -> None:
        """Have a clock that was set noticed at once: the scheduler's jobs come at their times only then."""
        if self._clocks.check():
            self._requests.put(finish=True)

    def _sample(self) -> None:
        if self._has_limit_news():
            self._requests.put(limits=True)
        self._sampling.take(self._progress.last_success_at)

    def _note_json(self, path: str) -> None:
        """A file came or changed, of the inbox or of a registry: on the observer's thread."""
        if Path(path).parent in self._inbox:
            self._requests.put(limits=True)
        else:
            self._note_record(path)
            self._sampling.take_soon()

    def _watch_roots(self) -> None:
        if not self._watcher.is_due():
            return
        if self._json_watcher.watch([*self._inbox, *(self._registries() if self._sampling.is_on else ())]):
            self._sampling.take_soon()
        if self._watcher.watch(self._roots()):
            self._requests.put(scan=True)
        elif polled := self._watcher.polled:
            self._requests.put(folders=polled)

    def _work(self) -> None:
        """The ingest thread. No error ends it."""
        ingesting: Ingester | None = None
        resting_until, pause = 0.0, RETRY_SECONDS
        while not self._stopping.is_set():
            try:
                if ingesting is not None and not ingesting.is_current():
                    log.error("another file replaced the database: opening it")
                    ingesting.close()
                    ingesting = None
                if ingesting is None:
                    ingesting = self._open()
                reads_again = ingesting.reads_again
                if self._requests.wait(REREAD_SECONDS if reads_again else CURRENT_SECONDS):
                    self._stopping.wait(max(0.0, resting_until - time.monotonic()))
                    request = self._requests.take()
                    self._handle(ingesting, request)
                    if request.reads:
                        resting_until = time.monotonic() + COALESCE_SECONDS
                if reads_again and not self._stopping.is_set():
                    ingesting.read_again()
                pause = RETRY_SECONDS
            except Exception as error:  # noqa: BLE001 - a job's boundary: logged, counted, retried
                self._progress.fail(error)
                if isinstance(error, OverwrittenError):
                    self._end_process()
                    return
                self._stopping.wait(pause)
                pause = min(2 * pause, MOST_RETRY_SECONDS)
        if ingesting is not None:
            ingesting.close()

    def _open(self) -> Ingester:
        """Open the database, which also catches up."""
        started = time.monotonic()
        self._progress.start(started)
        ingesting = self._open_database()
        self._progress.succeed(started, ())
        self._progress.retention = ingesting.retention()
        log.info("read all transcripts; watching for changes")
        return ingesting

    def _handle(self, ingesting: Ingester, request: Request) -> None:
        started = time.monotonic()
        if request.reads:
            self._progress.start(request.since)
        try:
            self._clocks.pass_on(ingesting.move_clock)
            if request.scan:
                self._progress.succeed(started, ingesting.catch_up())
                self._progress.retention = ingesting.retention()
            else:
                if request.folders:
                    self._progress.succeed(started, ingesting.catch_up(sorted(request.folders)))
                if request.paths:
                    self._progress.succeed(started, ingesting.catch_up_with(sorted(request.paths)))
            if request.finish:
                ingesting.finish_blocks()
            if request.limits:
                started = time.monotonic()
                self._limits = CollectorHealth("limits", False, 0.0)  # unless it succeeds
                ok = ingesting.read_limits()
                self._limits = CollectorHealth("limits", ok, time.monotonic() - started)
            for sample in request.samples:
                ingesting.observe(sample)
        except Exception:
            self._requests.put(**request._asdict())
            raise
