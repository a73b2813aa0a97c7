"""The limits as they were known at a past time."""

from __future__ import annotations

from msgspec.structs import replace

from exporter.domain.blocks.block import END_OF_TIME
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.calibration import Calibration
from exporter.domain.limits.reading import WITHOUT_RESET_MS, Reading
from exporter.snapshot.limit_parts import HitPart, LimitPart
from exporter.snapshot.limits.current import limits_from_readings, sizes_of
from exporter.snapshot.usage.spent import UsageSince
from exporter.store import accounts
from exporter.store.limits import calibrations, hits, lockouts, raises, readings
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
        self._accounts = accounts.labels(connection)
        self._hits = hits.between(connection, -END_OF_TIME, END_OF_TIME)
        self._lockouts = lockouts.spans(connection)
        self._rows = (row for row in readings.iterate_history(connection, start - MAX_AGE_MS) if row[2])
        self._next = next(self._rows, None)
        self._last: dict[tuple[int, str, str], tuple[Reading, int]] = {}
        self._sizes: dict[tuple[int, str], Calibration] = {}
        self._estimated_at: int | None = None

    def lockouts_at(self, account: int, now: int) -> tuple[HitPart, ...]:
        """The account's limits that were reached while requests were refused."""
        return tuple(
            HitPart(stored, self._accounts[account], self._labels.get(stored.hit.window, stored.hit.window))
            for stored, start, end in self._lockouts
            if stored.hit.account == account and start <= now < end
        )

    def sizes(self, account: int, now: int) -> dict[str, Calibration]:
        """The account's window sizes estimated from readings until then, at most a day old."""
        if self._estimated_at is None or now - self._estimated_at >= ESTIMATE_INTERVAL_MS:
            self._sizes, self._estimated_at = calibrations.estimated_sizes(self._connection, now), now
        return sizes_of(account, self._sizes)

    def at(self, account: int, now: int, used: UsageSince) -> tuple[LimitPart, ...]:
        """Of an account, by window, like `current_limits`."""
        self._advance(now)
        last = [_as_of(reading, last_at, now) for reading, last_at in self._last.values() if reading.account == account]
        if not last:
            return ()
        recent_resets = [
            (stored.hit.window, stored.hit.resets_at)
            for stored in self._hits
            if stored.hit.account == account
            and stored.hit.resets_at is not None
            and now - WITHOUT_RESET_MS < stored.hit.resets_at <= now
        ]
        sizes = self.sizes(account, now)
        raised = raises.latest_until(self._connection, account, now)
        return limits_from_readings(last, recent_resets, sizes, self._labels, used, raised, now)

    def _advance(self, now: int) -> None:
        while self._next is not None and self._next[0].observed_at <= now:
            reading, last_at, _ = self._next
            self._last[reading.account, reading.window, reading.source] = (reading, last_at)
            self._next = next(self._rows, None)


def _as_of(reading: Reading, last_at: int, now: int) -> Reading:
    """The reading as last given by the service until `now`: it was repeated until `last_at`."""
    return replace(reading, observed_at=min(now, last_at))
