"""The engine: a watcher and a scheduler that ask, one thread that ingests.

watchdog ────▶ changed files ──┐
APScheduler ─▶ looks, blocks ──┼─▶ Requests ─▶ one thread ─▶ Ingesting
APScheduler ─▶ what runs ──────┤
start ───────▶ first read ─────┘
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from exporter.domain.health import CollectorHealth, Health
from exporter.domain.sessions.session import ProcessSample
from exporter.domain.sync import SyncState
from exporter.engine.ingester import Ingesting
from exporter.engine.jobs import Job, schedule, schedule_job, scheduler
from exporter.engine.requests import Request, Requests
from exporter.engine.watcher import Watcher
from exporter.errors import TrackerError

log = logging.getLogger(__name__)

LOOK_SECONDS = 60
"""Between full looks, which catch what nobody reported."""
FOLLOW_SECONDS = 5
"""Between looks for roots that appeared; without a watcher also between full looks."""
FINISH_SECONDS = 30
TELL_SECONDS = 15
"""Between the tracker's words of how it is, where others serve what it keeps."""
HAND_SECONDS = 15
"""Between looks at what runs that are handed to the ingest thread though nothing is different."""
COALESCE_SECONDS = 0.02
"""So long after one ingestion the next begins at the earliest: a burst is gathered, a single change goes at once."""
RETRY_SECONDS = 2.0
STOP_SECONDS = 0.5  # the server has spent up to a second on open connections before


class Engine:
    """Keeps a database up to date from `start` to `stop`.

    `begin` opens it, after a first read where it is new; it is called on the ingest thread, and again if another file
    takes the database's place. Every `sample_seconds` `sight` looks at what runs (None: nobody does), and
    `has_limit_news` tells whether limits are to be read; new files in the folder `inbox` are such news. `write_health`
    is told how it is every few seconds, on another thread (None: nobody wants to know). So are the `jobs` done.
    `syncs`: how what they send on is.
    """

    def __init__(
        self,
        begin: Callable[[], Ingesting],
        roots: Callable[[], Sequence[Path]],
        is_transcript: Callable[[str], bool],
        clock: Callable[[], int],
        sight: Callable[[], ProcessSample] | None = None,
        has_limit_news: Callable[[], bool] = lambda: False,
        sample_seconds: float = 2.0,
        *,
        write_health: Callable[[Health], None] | None = None,
        inbox: Path | None = None,
        jobs: Sequence[Job] = (),
        syncs: Callable[[], tuple[SyncState, ...]] = tuple,
    ) -> None:
        self._begin = begin
        self._roots = roots
        self._clock = clock
        self._sight = sight
        self._has_limit_news = has_limit_news
        self._sample_seconds = sample_seconds
        self._tell = write_health
        self._chores, self._syncs = jobs, syncs
        self._inbox = [inbox] if inbox is not None else []
        self._seen = ProcessSample()
        self._handed: object = None
        self._handed_at = 0.0
        self._requests = Requests()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="ingest", daemon=True)
        self._scheduler = scheduler()
        self._watcher = Watcher(
            is_transcript,
            changed=lambda path: self._requests.put(paths=frozenset((path,))),
            moved=lambda: self._requests.put(look=True),
        )
        self._inbox_watcher = Watcher(
            lambda name: name.endswith(".json"), changed=lambda _: self._requests.put(limits=True), moved=lambda: None
        )
        self._busy_since: float | None = None
        self._last_success_at: int | None = None
        self._collector: CollectorHealth | None = None
        self._limits: CollectorHealth | None = None

    def start(self) -> None:
        self._watcher.start()
        self._inbox_watcher.start()
        self._follow()
        schedule(self._scheduler, self._look, LOOK_SECONDS)
        schedule(self._scheduler, self._follow, FOLLOW_SECONDS)
        schedule(self._scheduler, self._finish, FINISH_SECONDS)
        schedule(self._scheduler, self._sample, self._sample_seconds, at_once=True)
        if self._tell is not None:
            schedule_job(self._scheduler, (partial(self._tell_health, self._tell), TELL_SECONDS))
        for chore in self._chores:
            schedule_job(self._scheduler, chore)
        self._scheduler.start()
        self._thread.start()

    def stop(self) -> None:
        """End within two seconds; what is being written is finished or never was."""
        self._stopping.set()
        self._requests.close()
        self._watcher.stop()
        self._inbox_watcher.stop()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def nudge(self) -> bool:
        """Something was handed over; it is taken at once."""
        self._requests.put(limits=True)
        return True

    def health(self) -> Health:
        """How it is now; handed over in memory, so that an idle tracker writes nothing."""
        since = self._busy_since
        return Health(
            collectors=tuple(c for c in (self._collector, *self._seen.collectors, self._limits) if c is not None),
            last_success_at=self._last_success_at,
            lag_s=time.monotonic() - since if since is not None else 0.0,
            watcher_up=self._watcher.is_up,
            detects=self._sight is not None,
            loads=self._seen.loads,
            syncs=self._syncs(),
        )

    def _look(self) -> None:
        self._requests.put(look=True)

    def _tell_health(self, tell: Callable[[Health], None]) -> None:
        tell(self.health())

    def _finish(self) -> None:
        self._requests.put(finish=True)

    def _sample(self) -> None:
        """Hand a look over where it may matter: something runs otherwise, something was read, or time has passed."""
        if self._has_limit_news():
            self._requests.put(limits=True)
        if self._sight is None:
            return
        seen, now = self._sight(), time.monotonic()
        basis = (seen.processes, seen.records, self._last_success_at)
        self._seen = seen
        if basis != self._handed or now - self._handed_at >= HAND_SECONDS:
            self._handed, self._handed_at = basis, now
            self._requests.put(seen=seen)

    def _follow(self) -> None:
        self._inbox_watcher.follow(self._inbox)
        if self._watcher.follow(self._roots()) or not self._watcher.is_up:
            self._requests.put(look=True)

    def _work(self) -> None:
        """The ingest thread: nothing that goes wrong ends it."""
        ingesting: Ingesting | None = None
        resting_until = 0.0
        while not self._stopping.is_set():
            try:
                if ingesting is not None and not ingesting.is_current():
                    log.error("another file took the database's place: reading anew")
                    ingesting.close()
                    ingesting = None
                if ingesting is None:
                    ingesting = self._open()
                if self._requests.wait():
                    self._stopping.wait(max(0.0, resting_until - time.monotonic()))
                    request = self._requests.take()
                    self._handle(ingesting, request)
                    if request.reads:
                        resting_until = time.monotonic() + COALESCE_SECONDS
            except Exception as error:  # noqa: BLE001 - a job's boundary: told, counted, tried again
                self._note_failure(error)
                self._stopping.wait(RETRY_SECONDS)
        if ingesting is not None:
            ingesting.close()

    def _open(self) -> Ingesting:
        """Opening catches up with everything."""
        began = self._busy_since = time.monotonic()
        ingesting = self._begin()
        self._note_success(began, ())
        log.info("all transcripts are read; following changes")
        return ingesting

    def _handle(self, ingesting: Ingesting, request: Request) -> None:
        began = time.monotonic()
        if request.reads:
            self._busy_since = request.since
        try:
            if request.look:
                self._note_success(began, ingesting.catch_up())
            elif request.paths:
                self._note_success(began, ingesting.catch_up_with(sorted(request.paths)))
            if request.finish:
                ingesting.finish_blocks()
            if request.limits:
                began = time.monotonic()
                self._limits = CollectorHealth("limits", False, 0.0)  # unless it ends well
                ok = ingesting.read_limits()
                self._limits = CollectorHealth("limits", ok, time.monotonic() - began)
            if request.seen is not None:
                ingesting.observe(request.seen)
        except Exception:
            self._requests.put(**request._asdict())
            raise

    def _note_success(self, began: float, unreadable: Sequence[str]) -> None:
        self._collector = CollectorHealth("transcripts", not unreadable, time.monotonic() - began)
        self._busy_since = None
        self._last_success_at = self._clock()

    def _note_failure(self, error: Exception) -> None:
        duration = self._collector.duration_s if self._collector is not None else 0.0
        self._collector = CollectorHealth("transcripts", False, duration)
        if isinstance(error, TrackerError):
            log.error("%s", error)
        else:
            log.error("ingesting failed, trying again", exc_info=error)
