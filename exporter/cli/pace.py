"""When to do again what takes processor time, so that it takes less than a given share of a core."""

from __future__ import annotations

from collections.abc import Callable


class Pace:
    """`clock`: seconds, monotonic. `used`: seconds of the processor that this process has used."""

    def __init__(self, share: float, clock: Callable[[], float], used: Callable[[], float]) -> None:
        self._share, self._clock, self._used = share, clock, used
        self._began, self._used_before = clock(), used()
        self._rests_until = self._began

    def begin(self) -> None:
        """Call it before the work."""
        self._began, self._used_before = self._clock(), self._used()

    def done(self) -> None:
        """Call it after the work."""
        self._rests_until = self._began + (self._used() - self._used_before) / self._share

    def left(self, least: float) -> float:
        """Seconds until the work may be done again, at least `least` after it last began; 0 or less: now."""
        return max(self._rests_until, self._began + least) - self._clock()
