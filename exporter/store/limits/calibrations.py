"""The estimated sizes of windows, from readings, texts and what was spent until then."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

import msgspec

from exporter.domain.calendar.timestamp import DAY, MINUTE
from exporter.domain.limits.calibration import MIN_SHARE, Calibration, calibrate
from exporter.domain.limits.hit import FULL, window_length_ms
from exporter.store.database import meta
from exporter.store.limits import hits
from exporter.store.limits.readings import SIZED
from exporter.store.usage.responses import Costs

CALIBRATED_MS = 28 * DAY
"""Older readings are not representative of today's limits."""
CALIBRATE_MS = 10 * MINUTE
"""The interval between estimates, which read every response of that time."""

Key = tuple[int, str]
"""An account and a window."""

# After a raise the estimate starts again.
_OBSERVED = """
SELECT utilization, begun_at, observed_at FROM tracker_readings r
WHERE used AND window = ? AND account = ? AND observed_at > ? AND observed_at <= ? AND utilization >= ?
    AND begun_at IS NOT NULL
    AND observed_at > coalesce((SELECT max(at) FROM tracker_limit_raises x
        WHERE x.account = r.account AND x.window = r.window AND x.at <= ?), 0)
"""


def estimate_sizes(connection: sqlite3.Connection, now: int) -> dict[Key, Calibration]:
    """Estimate the window sizes, from readings until `now` (ms) and the spending in those windows as known today."""
    since = now - CALIBRATED_MS
    observed: defaultdict[Key, list[tuple[int, int, float]]] = defaultdict(list)
    accounts = [one for (one,) in connection.execute("SELECT id FROM tracker_accounts ORDER BY id")]
    for account in accounts:
        for window in SIZED:
            rows = connection.execute(_OBSERVED, (window, account, since, now, MIN_SHARE, now))
            observed[account, window] += [(start, at, share) for share, start, at in rows]
    for stored in hits.between(connection, since, now + 1):
        hit = stored.hit
        if hit.window in SIZED and hit.source != "reading" and hit.resets_at is not None:
            start = hit.resets_at - window_length_ms(hit.window)
            if not _is_raised_between(connection, hit.account, hit.window, start, now):
                observed[hit.account, hit.window].append((start, hit.at, FULL))
    found: dict[Key, Calibration] = {}
    for account in accounts:
        own = {key: values for key, values in observed.items() if key[0] == account and values}
        if not own:
            continue
        first = min(start for values in own.values() for start, *_ in values)
        costs = Costs(connection, first, now + 1, account)
        for key, values in own.items():
            size = calibrate((share, costs.between(start, at + 1)) for start, at, share in values)
            if size is not None:
                found[key] = size
    return found


def _is_raised_between(connection: sqlite3.Connection, account: int, window: str, start: int, end: int) -> bool:
    query = "SELECT 1 FROM tracker_limit_raises WHERE account = ? AND window = ? AND at > ? AND at <= ? LIMIT 1"
    return connection.execute(query, (account, window, start, end)).fetchone() is not None


def save_calibrations(connection: sqlite3.Connection, now: int) -> None:
    """Estimate the window sizes, and save them; without readings they are unknown."""
    found = estimate_sizes(connection, now)
    if found == calibrations(connection):
        return
    connection.execute("DELETE FROM tracker_calibrations")
    connection.executemany(
        "INSERT INTO tracker_calibrations (account, window, size, low, high, observations) VALUES (?, ?, ?, ?, ?, ?)",
        [(*key, *msgspec.structs.astuple(size)) for key, size in found.items()],
    )


def calibrate_when_due(connection: sqlite3.Connection, now: int) -> None:
    """Estimate again, unless that was done recently."""
    last = int(meta.get(connection, "calibrated_at") or 0)
    if not last <= now < last + CALIBRATE_MS:
        save_calibrations(connection, now)
        meta.put(connection, "calibrated_at", str(now))


def calibrations(connection: sqlite3.Connection) -> dict[Key, Calibration]:
    """The estimated window sizes, where an estimate is possible."""
    rows = connection.execute("SELECT account, window, size, low, high, observations FROM tracker_calibrations")
    return {(account, window): Calibration(*rest) for account, window, *rest in rows}
