"""What was told of limits, as it stood at a past time."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.calibration import Calibration
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import WITHOUT_RESET_MS, Reading, replaces
from exporter.snapshot.limits.current import LimitPart, lasted_so_far, limits_told
from exporter.snapshot.usage.spent import Spent
from exporter.store.blocks.blocks import BEYOND
from exporter.store.limits import hits, readings
from exporter.store.reader import View
from exporter.store.usage import labels

LONGEST_MS = 8 * DAY
"""A reading older than this says nothing: its window was reset."""
ESTIMATED_MS = DAY
"""Between estimates of how large the windows are: a tracker makes them far more often, and they change slowly."""


class PastLimits:
    """Tells the limits of times that are asked for in order, from `start` (ms) on."""

    def __init__(self, connection: View, start: int) -> None:
        self._connection = connection
        self._labels = labels.windows(connection)
        self._hits = hits.between(connection, -BEYOND, BEYOND)
        self._rows = (row for row in readings.in_order(connection, start - LONGEST_MS) if row[2])
        self._next = next(self._rows, None)
        self._last: dict[tuple[str, str], tuple[Reading, int]] = {}
        self._sizes: dict[str, Calibration] = {}
        self._estimated_at: int | None = None

    def in_force(self, now: int) -> Iterator[Hit]:
        """The hits whose reset is known and still ahead."""
        return (hit for hit in self._hits if hit.resets_at is not None and hit.at <= now < hit.resets_at)

    def lasted(self, now: int) -> dict[tuple[str, tuple[str, ...]], int]:
        """What the running lock-outs add to the totals."""
        return lasted_so_far(self.in_force(now), self._labels, now)

    def sizes(self, now: int) -> dict[str, Calibration]:
        """How large the windows are by what was told until then, as estimated at most a day before."""
        if self._estimated_at is None or now - self._estimated_at >= ESTIMATED_MS:
            self._sizes, self._estimated_at = readings.estimated(self._connection, now), now
        return self._sizes

    def at(self, now: int, used: Spent, burn_per_minute: float | None) -> tuple[LimitPart, ...]:
        """By window, as `current_limits` tells them."""
        self._advance(now)
        if not self._last:
            return ()
        lately = [
            (hit.window, hit.resets_at)
            for hit in self._hits
            if hit.resets_at is not None and now - WITHOUT_RESET_MS < hit.resets_at <= now
        ]
        return limits_told(self._told(now), lately, self.sizes(now), self._labels, used, now, burn_per_minute)

    def _advance(self, now: int) -> None:
        while self._next is not None and self._next[0].observed_at <= now:
            reading, last_at, _ = self._next
            key = (reading.window, reading.source)
            known = self._last.get(key)
            if known is None or replaces(reading, _as_of(*known, reading.observed_at)):
                self._last[key] = (reading, last_at)
            self._next = next(self._rows, None)

    def _told(self, now: int) -> list[Reading]:
        return [_as_of(reading, last_at, now) for reading, last_at in self._last.values()]


def _as_of(reading: Reading, last_at: int, now: int) -> Reading:
    """The reading as it was told last by then: it was repeated until `last_at`."""
    return Reading(
        reading.window,
        reading.source,
        min(now, last_at),
        reading.utilization,
        reading.resets_at,
        reading.organization,
    )
