"""Notices when the wall clock is set: it is compared with a clock that nobody can set.

A laptop that slept has not had its clock set: both clocks went on. Where the system has a clock that goes on during
sleep (`CLOCK_BOOTTIME` on Linux, `CLOCK_MONOTONIC` on macOS), that one is used.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from exporter.domain.calendar.timestamp import HOUR, MINUTE, SECOND

log = logging.getLogger(__name__)

CHECK_SECONDS = 2.0
JUMP_MS = 5 * SECOND
"""A smaller difference within `CHECK_SECONDS` is not a jump: the process may have waited between the two clocks."""


def steady_ms() -> int:
    """Milliseconds that only go forward, also while the machine sleeps, where the system has such a clock."""
    clock: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    return (time.clock_gettime_ns(clock) if clock is not None else time.monotonic_ns()) // 1_000_000


class Clocks:
    """Compares the clocks (ms) whenever it is asked. `noticed` is called with each jump, on the asking thread."""

    def __init__(self, wall: Callable[[], int], steady: Callable[[], int], noticed: Callable[[int], None]) -> None:
        self._wall = wall
        self._steady = steady
        self._noticed = noticed
        self._lock = threading.Lock()
        self._offset: int | None = None
        self._pending = 0

    def check(self) -> bool:
        """Whether the clock was set, and `take` was not called since."""
        with self._lock:
            self._compare()
            return self._pending != 0

    def take(self) -> int:
        """By how much the clock was set since the last call (ms); 0 if it was not."""
        with self._lock:
            self._compare()
            by, self._pending = self._pending, 0
            return by

    def pass_on(self, move: Callable[[int], None]) -> None:
        """Call `move` with a jump that was not passed on yet, if any. If it fails, the next call tries again."""
        if by := self.take():
            try:
                move(by)
            except Exception:
                with self._lock:
                    self._pending += by
                raise

    def _compare(self) -> None:
        before = self._steady()
        offset = self._wall() - before
        if self._steady() - before > SECOND:  # paused in between: the next check finds it
            return
        by = 0 if self._offset is None else offset - self._offset
        self._offset = offset
        if abs(by) >= JUMP_MS:
            self._pending += by
            log.warning("the clock was set %s by %s", "forward" if by > 0 else "back", describe(abs(by)))
            self._noticed(by)


def describe(ms: int) -> str:
    """A length in the two largest units: `1 h 30 min`."""
    if ms < MINUTE:
        return f"{ms // SECOND} s"
    if ms < HOUR:
        return f"{ms // MINUTE} min {ms % MINUTE // SECOND} s"
    if ms < 48 * HOUR:
        return f"{ms // HOUR} h {ms % HOUR // MINUTE} min"
    return f"{ms // (24 * HOUR)} days {ms % (24 * HOUR) // HOUR} h"
