"""The limits as they were known at a past time."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.domain.blocks.block import END_OF_TIME
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.calibration import Calibration
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import WITHOUT_RESET_MS, Reading, supersedes
from exporter.snapshot.limits.current import lasted_so_far, limits_from_readings
from exporter.snapshot.parts import LimitPart
from exporter.snapshot.usage.spent import UsageSince
from exporter.store.limits import hits, readings
from exporter.store.reader import View
from exporter.store.usage import labels

MAX_AGE_MS = 8 * DAY
"""Older readings have expired: their window has reset."""
ESTIMATE_INTERVAL_MS = DAY
"""Interval of the estimates of window sizes. A tracker makes them far more often, but they change slowly."""


class PastLimits:
    """The limits at increasing times, from `start` (ms)."""

    def __init__(self, connection: View, start: int) -> None:
        self._connection = connection
        self._labels = labels.window_labels(connection)
        self._hits = hits.between(connection, -END_OF_TIME, END_OF_TIME)
        self._rows = (row for row in readings.iterate_history(connection, start - MAX_AGE_MS) if row[2])
        self._next = next(self._rows, None)
        self._last: dict[tuple[str, str], tuple[Reading, int]] = {}
        self._sizes: dict[str, Calibration] = {}
        self._estimated_at: int | None = None

    def in_force(self, now: int) -> Iterator[Hit]:
        """The hits with a known reset in the future."""
        return (hit for hit in self._hits if hit.resets_at is not None and hit.at <= now < hit.resets_at)

    def lasted(self, now: int) -> dict[tuple[str, tuple[str, ...]], int]:
        """What the running lockouts add to the totals."""
        return lasted_so_far(self.in_force(now), self._labels, now)

    def sizes(self, now: int) -> dict[str, Calibration]:
        """The window sizes estimated from readings until then, at most a day old."""
        if self._estimated_at is None or now - self._estimated_at >= ESTIMATE_INTERVAL_MS:
            self._sizes, self._estimated_at = readings.estimate_sizes(self._connection, now), now
        return self._sizes

    def at(self, now: int, used: UsageSince, burn_per_minute: float | None) -> tuple[LimitPart, ...]:
        """By window, like `current_limits`."""
        self._advance(now)
        if not self._last:
            return ()
        recent_resets = [
            (hit.window, hit.resets_at)
            for hit in self._hits
            if hit.resets_at is not None and now - WITHOUT_RESET_MS < hit.resets_at <= now
        ]
        return limits_from_readings(
            self._readings_at(now), recent_resets, self.sizes(now), self._labels, used, now, burn_per_minute
        )

    def _advance(self, now: int) -> None:
        while self._next is not None and self._next[0].observed_at <= now:
            reading, last_at, _ = self._next
            key = (reading.window, reading.source)
            known = self._last.get(key)
            if known is None or supersedes(reading, _as_of(*known, reading.observed_at)):
                self._last[key] = (reading, last_at)
            self._next = next(self._rows, None)

    def _readings_at(self, now: int) -> list[Reading]:
        return [_as_of(reading, last_at, now) for reading, last_at in self._last.values()]


def _as_of(reading: Reading, last_at: int, now: int) -> Reading:
    """The reading as last reported by `now`: it was repeated until `last_at`."""
    return Reading(
        reading.window,
        reading.source,
        min(now, last_at),
        reading.utilization,
        reading.resets_at,
        reading.organization,
    )
