"""How far reading is: the part of the health that the ingest thread knows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from exporter.domain.health import CollectorHealth
from exporter.domain.retention import Retention
from exporter.engine.failures import FailureLog


class ReadingProgress:
    """Notes each catch-up and failure. `clock`: ms. Times named `started` and `since` are `time.monotonic()`."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._busy_since: float | None = None
        self._failures = FailureLog()
        self.collector: CollectorHealth | None = None
        self.last_success_at: int | None = None
        """ms"""
        self.retention: Retention | None = None

    @property
    def lag_s(self) -> float:
        """Age of the oldest byte that is not read yet; 0 when caught up."""
        return time.monotonic() - self._busy_since if self._busy_since is not None else 0.0

    def start(self, since: float) -> None:
        """There is something to read since then."""
        self._busy_since = since

    def succeed(self, started: float, unreadable: Sequence[str]) -> None:
        self.collector = CollectorHealth("transcripts", not unreadable, time.monotonic() - started)
        self._busy_since = None
        self._failures.clear()
        self.last_success_at = self._clock()

    def fail(self, error: Exception) -> None:
        duration = self.collector.duration_s if self.collector is not None else 0.0
        self.collector = CollectorHealth("transcripts", False, duration)
        self._failures.note(error)
