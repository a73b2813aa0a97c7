"""Periodic jobs in addition to ingesting. Each job runs one at a time; missed runs are not repeated."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from exporter.errors import TrackerError

log = logging.getLogger(__name__)

Job = tuple[Callable[[], None], float]
"""A function, which may raise TrackerError, and the seconds between its runs."""


class Every(BaseTrigger):  # type: ignore[misc]
    """Regular run times. Missed ones are not listed one by one: after a clock was set by a year, they are millions."""

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        planned = (previous_fire_time or now) + self._interval
        return planned if planned > now else now + self._interval


def scheduler() -> BackgroundScheduler:
    """A scheduler that ends with its process."""
    return BackgroundScheduler(timezone=UTC, daemon=True)


def schedule(on: BackgroundScheduler, job: Callable[[], None], seconds: float, *, at_once: bool = False) -> None:
    """Run the job at this interval. After missed runs, as while the machine slept, it runs once."""
    more = {"next_run_time": datetime.now(UTC)} if at_once else {}
    on.add_job(job, Every(timedelta(seconds=seconds)), coalesce=True, max_instances=1, misfire_grace_time=None, **more)


def plan_again(on: BackgroundScheduler) -> None:
    """Run every job now and then at its interval: the planned times are of a clock that has been set since."""
    for job in on.get_jobs():
        job.modify(next_run_time=datetime.now(UTC))


def schedule_job(on: BackgroundScheduler, job: Job) -> None:
    """Run the job now and at its interval, logging its errors."""
    do, seconds = job
    schedule(on, partial(run_logged, do), seconds, at_once=True)


def run_logged(do: Callable[[], None]) -> None:
    """Run a function, and log a TrackerError."""
    try:
        do()
    except TrackerError as error:
        log.error("%s", error)


class Repeat:
    """Runs a function on a daemon thread at an interval that no clock changes. Its errors are logged."""

    def __init__(self, name: str, do: Callable[[], None], seconds: float) -> None:
        self._do = do
        self._seconds = seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                self._do()
            except Exception as error:
                log.error("a regular job failed", exc_info=error)


class BackgroundTask:
    """Runs a function, which may block for long, on a daemon thread. One run at a time."""

    def __init__(self, name: str, do: Callable[[], None]) -> None:
        self._name = name
        self._do = do
        self._thread: threading.Thread | None = None

    def __call__(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=run_logged, args=(self._do,), name=self._name, daemon=True)
            self._thread.start()
