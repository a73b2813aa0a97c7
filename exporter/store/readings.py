"""Readings of official utilization, and the five-hour windows that they and the limit texts name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from exporter.domain.block import Window
from exporter.domain.limit import FIVE_HOUR, SAME_RESET_MS, Reading, Told, official_windows
from exporter.store import meta

_LAST = """
SELECT id, last_at, utilization, resets_at, organization FROM tracker_readings
WHERE window = ? AND source = ? AND observed_at <= ? ORDER BY observed_at DESC LIMIT 1
"""
_ADD = """
INSERT INTO tracker_readings (window, source, observed_at, last_at, utilization, resets_at, organization, used)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
# Resets of one minute are one row: the bare columns are those of the row with the latest time.
_TOLD = """
SELECT resets_at, max(last_at) FROM tracker_readings
WHERE used AND window = ? AND resets_at > ? GROUP BY resets_at / 60000
"""
_KEEP_LAST = """
INSERT INTO tracker_last_readings (window, source, last_at, utilization, resets_at, organization)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET last_at = excluded.last_at, utilization = excluded.utilization,
    resets_at = excluded.resets_at, organization = excluded.organization
WHERE excluded.last_at >= last_at
"""


def take(connection: sqlite3.Connection, readings: Iterable[Reading]) -> bool:
    """Keep readings; one that was taken before changes nothing. Whether any was new."""
    changed = False
    for reading in sorted(readings, key=lambda one: one.observed_at):
        changed |= _take(connection, reading)
    return changed


def _take(connection: sqlite3.Connection, reading: Reading) -> bool:
    told = (reading.utilization, reading.resets_at, reading.organization)
    key, at = (reading.window, reading.source), reading.observed_at
    row, last_at, *last = connection.execute(_LAST, (*key, at)).fetchone() or (None, at, None)
    used = _is_first_organization(connection, reading.organization)
    if tuple(last) != told:
        connection.execute(_ADD, (*key, at, at, *told, int(used)))
    elif at <= last_at:
        return False
    else:
        connection.execute("UPDATE tracker_readings SET last_at = ? WHERE id = ?", (at, row))
    if used:
        connection.execute(_KEEP_LAST, (*key, at, *told))
    return True


def _is_first_organization(connection: sqlite3.Connection, organization: str | None) -> bool:
    """Whether it is the first seen, which is kept; one that is not named counts as the first."""
    if organization is None:
        return True
    first = meta.get(connection, "organization")
    if first is None:
        meta.put(connection, "organization", organization)
    return first in (None, organization)


def windows(connection: sqlite3.Connection, since: int = 0) -> tuple[Window, ...]:
    """The official five-hour windows that end after `since` (ms)."""
    rows = connection.execute(_TOLD, (FIVE_HOUR, since - SAME_RESET_MS)).fetchall()
    found = official_windows(Told(resets_at, last_at, exact=True) for resets_at, last_at in rows)
    return tuple(window for window in found if window.end > since)


def last_of_each(connection: sqlite3.Connection) -> list[Reading]:
    """The last reading of each window and source, valid or not."""
    rows = connection.execute(
        "SELECT window, source, last_at, utilization, resets_at, organization FROM tracker_last_readings"
    )
    return [Reading(*row) for row in rows]


def history(connection: sqlite3.Connection, since: int) -> list[tuple[Reading, int, bool]]:
    """Every reading since (ms), the oldest first, with the last time it was told so and whether it is used."""
    rows = connection.execute(
        "SELECT window, source, observed_at, utilization, resets_at, organization, last_at, used"
        " FROM tracker_readings WHERE last_at >= ? ORDER BY observed_at, id",
        (since,),
    )
    return [(Reading(*row[:6]), row[6], bool(row[7])) for row in rows]
