"""What is done regularly beside ingesting, by a scheduler that runs each one at a time and makes up for nothing."""

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
"""Something to do, with the seconds between. It may raise TrackerError."""


def scheduler() -> BackgroundScheduler:
    """One that ends with its process."""
    return BackgroundScheduler(timezone=UTC, daemon=True)


def schedule(on: BackgroundScheduler, job: Callable[[], None], seconds: float, *, at_once: bool = False) -> None:
    """Do it every so many seconds. What was missed, as while the machine slept, is done once."""
    more = {"next_run_time": datetime.now(UTC)} if at_once else {}
    on.add_job(job, "interval", seconds=seconds, coalesce=True, max_instances=1, **more)


def schedule_job(on: BackgroundScheduler, chore: Job) -> None:
    """From now on; what it cannot do is told."""
    do, seconds = chore
    schedule(on, partial(done, do), seconds, at_once=True)


def done(do: Callable[[], None]) -> None:
    """Do it, and tell what cannot be done."""
    try:
        do()
    except TrackerError as error:
        log.error("%s", error)


class BackgroundTask:
    """Does something on a thread that nobody waits for at the end, since it may wait long for others; one at a time."""

    def __init__(self, name: str, do: Callable[[], None]) -> None:
        self._name = name
        self._do = do
        self._thread: threading.Thread | None = None

    def __call__(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=done, args=(self._do,), name=self._name, daemon=True)
            self._thread.start()
