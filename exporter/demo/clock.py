"""The demo's time: it begins at a moment of the past or now, goes faster than time if wanted, and never passes it."""

from __future__ import annotations

from typing import NamedTuple


class DemoClock(NamedTuple):
    """At the real time `real` (ms) it showed `shown` (ms). From there it goes `speed` times as fast, up to the present.

    In the present it goes on in real time.
    """

    real: int
    shown: int
    speed: float

    def at(self, now: int) -> int:
        """What it shows at the real time `now`, ms."""
        return min(now, self.shown + round((now - self.real) * self.speed))

    def seconds_until(self, shown: int, now: int) -> float:
        """How long after the real time `now` it shows `shown` (ms); not below 0."""
        if self.at(now) >= shown:
            return 0.0
        return max(shown - now, self.real + (shown - self.shown) / self.speed - now) / 1_000
