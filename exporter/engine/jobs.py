"""Periodic jobs in addition to ingesting. Each job runs one at a time; missed runs are not repeated."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from apscheduler.schedulers.background import BackgroundScheduler

from exporter.errors import TrackerError

log = logging.getLogger(__name__)

Job = tuple[Callable[[], None], float]
"""A function, which may raise TrackerError, and the seconds between its runs."""


def scheduler() -> BackgroundScheduler:
    """A scheduler that ends with its process."""
    return BackgroundScheduler(timezone=UTC, daemon=True)


def schedule(on: BackgroundScheduler, job: Callable[[], None], seconds: float, *, at_once: bool = False) -> None:
    """Run the job at this interval. After missed runs, as while the machine slept, it runs once."""
    more = {"next_run_time": datetime.now(UTC)} if at_once else {}
    on.add_job(job, "interval", seconds=seconds, coalesce=True, max_instances=1, **more)


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
