"""Stored readings of official utilization, the 5-hour windows from readings and limit texts, and calibration."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from exporter.domain.blocks.block import Window
from exporter.domain.calendar.timestamp import DAY, MINUTE
from exporter.domain.limits.calibration import MIN_SHARE, Calibration, calibrate
from exporter.domain.limits.hit import FULL, Hit, window_length_ms
from exporter.domain.limits.reading import FIVE_HOUR, SAME_RESET_MS, SEVEN_DAY, Reading
from exporter.domain.limits.windows import ReportedReset, official_windows
from exporter.store.database import meta
from exporter.store.limits import hits
from exporter.store.usage import labels
from exporter.store.usage.responses import Costs

CALIBRATED_MS = 28 * DAY
"""Older readings are not representative of today's limits."""
CALIBRATE_MS = 10 * MINUTE
"""The interval between estimates, which read every response of that time."""
SIZED = (FIVE_HOUR, SEVEN_DAY)
"""The windows whose size is estimated: all usage counts towards them."""

_LAST = """
SELECT id, last_at, used, utilization, resets_at, organization FROM tracker_readings
WHERE window = ? AND source = ? AND observed_at <= ? ORDER BY observed_at DESC LIMIT 1
"""
_ADD = """
INSERT INTO tracker_readings
    (window, source, observed_at, last_at, utilization, resets_at, organization, used, begun_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# Resets of one minute are one row: the bare columns are those of the row with the latest time.
_RESETS = """
SELECT resets_at, max(last_at) FROM tracker_readings
WHERE used AND window = ? AND resets_at > ? GROUP BY resets_at / 60000
"""
# An idle session reports an old share again; until the reset, a share does not fall.
_SAVE_LAST = f"""
INSERT INTO tracker_last_readings (window, source, last_at, utilization, resets_at, organization)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET last_at = excluded.last_at, utilization = excluded.utilization,
    resets_at = excluded.resets_at, organization = excluded.organization
WHERE excluded.last_at >= last_at
    AND NOT (excluded.utilization < utilization AND coalesce(abs(excluded.resets_at - resets_at) <= {SAME_RESET_MS}, 0))
"""


# A source without resets gets them from other sources.
_RESET = """
SELECT resets_at FROM tracker_readings WHERE used AND window = ? AND resets_at > ? AND resets_at <= ?
ORDER BY last_at DESC LIMIT 1
"""


class SavedReadings(msgspec.Struct, frozen=True):
    """The result of saving readings: whether any was new, and the hits among them."""

    changed: bool
    hits: tuple[Hit, ...]


def save_readings(connection: sqlite3.Connection, readings: Iterable[Reading]) -> SavedReadings:
    """Save readings; one that is already stored changes nothing."""
    new = [
        reading for reading in sorted(readings, key=lambda one: one.observed_at) if _save_reading(connection, reading)
    ]
    full = (one for one in new if one.utilization >= FULL and _is_used(connection, one))
    full_hits = tuple(Hit(one.window, one.observed_at, _reset_of(connection, one), "reading") for one in full)
    return SavedReadings(bool(new), full_hits)


def _is_used(connection: sqlite3.Connection, reading: Reading) -> bool:
    """Whether the reading is used: its window had not reset before, and it is not of another organization."""
    is_expired = reading.resets_at is not None and reading.resets_at <= reading.observed_at
    return not is_expired and _is_first_organization(connection, reading.organization)


def _reset_of(connection: sqlite3.Connection, reading: Reading) -> int | None:
    if reading.resets_at is not None:
        return reading.resets_at
    at = reading.observed_at
    found = connection.execute(_RESET, (reading.window, at, at + window_length_ms(reading.window))).fetchone()
    return int(found[0]) if found else None


def _window_start(connection: sqlite3.Connection, reading: Reading) -> int | None:
    """When its window started; None if unknown, or if only one model family's usage counts towards the window."""
    resets_at = _reset_of(connection, reading)
    return None if resets_at is None or reading.window not in SIZED else resets_at - window_length_ms(reading.window)


def _save_reading(connection: sqlite3.Connection, reading: Reading) -> bool:
    reported = (reading.utilization, reading.resets_at, reading.organization)
    key, at = (reading.window, reading.source), reading.observed_at
    row, last_at, *last = connection.execute(_LAST, (*key, at)).fetchone() or (None, at, None)
    used = _is_used(connection, reading)
    if tuple(last) != (used, *reported):
        window_start = _window_start(connection, reading) if used else None
        connection.execute(_ADD, (*key, at, at, *reported, int(used), window_start))
        labels.window_label(connection, reading.window)
    elif at <= last_at:
        return False
    else:
        connection.execute("UPDATE tracker_readings SET last_at = ? WHERE id = ?", (at, row))
    if used:
        connection.execute(_SAVE_LAST, (*key, at, *reported))
    return True


def _is_first_organization(connection: sqlite3.Connection, organization: str | None) -> bool:
    """Whether it is the first organization seen, which is stored; an unnamed one counts as the first."""
    if organization is None:
        return True
    first = meta.get(connection, "organization")
    if first is None:
        meta.put(connection, "organization", organization)
    return first in (None, organization)


def windows(connection: sqlite3.Connection, since: int = 0) -> tuple[Window, ...]:
    """The official 5-hour windows that end after `since` (ms)."""
    rows = connection.execute(_RESETS, (FIVE_HOUR, since - SAME_RESET_MS)).fetchall()
    reported = [ReportedReset(resets_at, last_at, exact=True) for resets_at, last_at in rows]
    found = official_windows([*reported, *hits.text_resets(connection, since - SAME_RESET_MS)])
    return tuple(window for window in found if window.end > since)


def last_of_each(connection: sqlite3.Connection) -> list[Reading]:
    """The last reading of each window and source, valid or not."""
    rows = connection.execute(
        "SELECT window, source, last_at, utilization, resets_at, organization FROM tracker_last_readings"
    )
    return [Reading(*row) for row in rows]


def history(connection: sqlite3.Connection, since: int) -> list[tuple[Reading, int, bool]]:
    """Every reading since `since` (ms), the oldest first, with the last time it was reported and whether it is used."""
    return list(iterate_history(connection, since))


def iterate_history(connection: sqlite3.Connection, since: int) -> Iterator[tuple[Reading, int, bool]]:
    """The same as an iterator."""
    rows = connection.execute(
        "SELECT window, source, observed_at, utilization, resets_at, organization, last_at, used"
        " FROM tracker_readings WHERE last_at >= ? ORDER BY observed_at, id",
        (since,),
    )
    return ((Reading(*row[:6]), row[6], bool(row[7])) for row in rows)


_OBSERVED = """
SELECT utilization, begun_at, observed_at FROM tracker_readings
WHERE used AND window = ? AND observed_at > ? AND observed_at <= ? AND utilization >= ? AND begun_at IS NOT NULL
"""


def estimate_sizes(connection: sqlite3.Connection, now: int) -> dict[str, Calibration]:
    """Estimate the window sizes, from readings until `now` (ms) and the spending in those windows as known today."""
    since = now - CALIBRATED_MS
    observed: dict[str, list[tuple[int, int, float]]] = {
        window: [
            (window_start, at, share)
            for share, window_start, at in connection.execute(_OBSERVED, (window, since, now, MIN_SHARE))
        ]
        for window in SIZED
    }
    for hit in hits.between(connection, since, now + 1):
        if hit.window in SIZED and hit.source != "reading" and hit.resets_at is not None:
            observed[hit.window].append((hit.resets_at - window_length_ms(hit.window), hit.at, FULL))
    if not any(observed.values()):
        return {}
    costs = Costs(connection, since - window_length_ms(SEVEN_DAY), now + 1)
    sizes = {
        window: calibrate((share, costs.between(window_start, at + 1)) for window_start, at, share in reported)
        for window, reported in observed.items()
    }
    return {window: size for window, size in sizes.items() if size is not None}


def save_calibrations(connection: sqlite3.Connection, now: int) -> None:
    """Estimate the window sizes again, and save them."""
    sizes = estimate_sizes(connection, now)
    for window in SIZED:
        found = sizes.get(window)
        if found is None:
            connection.execute("DELETE FROM tracker_calibrations WHERE window = ?", (window,))
        else:
            values = (window, *msgspec.structs.astuple(found))
            connection.execute("INSERT OR REPLACE INTO tracker_calibrations VALUES (?, ?, ?, ?, ?)", values)


def calibrate_when_due(connection: sqlite3.Connection, now: int) -> None:
    """Estimate again, unless that was done recently."""
    last = int(meta.get(connection, "calibrated_at") or 0)
    if not last <= now < last + CALIBRATE_MS:
        save_calibrations(connection, now)
        meta.put(connection, "calibrated_at", str(now))


def calibrations(connection: sqlite3.Connection) -> dict[str, Calibration]:
    """The estimated window sizes, by window, where an estimate is possible."""
    rows = connection.execute("SELECT window, size, low, high, observations FROM tracker_calibrations")
    return {window: Calibration(*rest) for window, *rest in rows}
