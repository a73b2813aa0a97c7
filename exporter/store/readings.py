"""Readings of official utilization, the five-hour windows that they and the limit texts name, and calibration."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from exporter.domain.block import Window
from exporter.domain.calibration import LEAST_SHARE, Calibration, calibrate
from exporter.domain.hit import FULL, Hit, length_of
from exporter.domain.limit import FIVE_HOUR, SAME_RESET_MS, Reading, Told, official_windows
from exporter.domain.timestamp import DAY
from exporter.store import hits, labels, meta
from exporter.store.responses import cost_between

CALIBRATED_MS = 28 * DAY
"""Older readings say nothing about today's limits."""

_LAST = """
SELECT id, last_at, utilization, resets_at, organization FROM tracker_readings
WHERE window = ? AND source = ? AND observed_at <= ? ORDER BY observed_at DESC LIMIT 1
"""
_ADD = """
INSERT INTO tracker_readings (window, source, observed_at, last_at, utilization, resets_at, organization, used, spent)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
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


# A source without resets is told them by the others.
_RESET = """
SELECT resets_at FROM tracker_readings WHERE used AND window = ? AND resets_at > ? AND resets_at <= ?
ORDER BY last_at DESC LIMIT 1
"""


class Taken(msgspec.Struct, frozen=True):
    """What readings told: whether anything new, and the hits they are."""

    changed: bool
    hits: tuple[Hit, ...]


def take(connection: sqlite3.Connection, readings: Iterable[Reading]) -> Taken:
    """Keep readings; one that was taken before changes nothing."""
    new = [reading for reading in sorted(readings, key=lambda one: one.observed_at) if _take(connection, reading)]
    full = (one for one in new if one.utilization >= FULL and _is_first_organization(connection, one.organization))
    told = tuple(Hit(one.window, one.observed_at, _reset_of(connection, one), "reading") for one in full)
    return Taken(bool(new), told)


def _reset_of(connection: sqlite3.Connection, reading: Reading) -> int | None:
    if reading.resets_at is not None:
        return reading.resets_at
    at = reading.observed_at
    found = connection.execute(_RESET, (reading.window, at, at + length_of(reading.window))).fetchone()
    return int(found[0]) if found else None


def _spent(connection: sqlite3.Connection, reading: Reading) -> int | None:
    resets_at = _reset_of(connection, reading)
    if resets_at is None or resets_at <= reading.observed_at:
        return None
    return cost_between(connection, resets_at - length_of(reading.window), reading.observed_at + 1)


def _take(connection: sqlite3.Connection, reading: Reading) -> bool:
    told = (reading.utilization, reading.resets_at, reading.organization)
    key, at = (reading.window, reading.source), reading.observed_at
    row, last_at, *last = connection.execute(_LAST, (*key, at)).fetchone() or (None, at, None)
    used = _is_first_organization(connection, reading.organization)
    if tuple(last) != told:
        spent = _spent(connection, reading) if used else None
        connection.execute(_ADD, (*key, at, at, *told, int(used), spent))
        labels.window(connection, reading.window)
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
    told = [Told(resets_at, last_at, exact=True) for resets_at, last_at in rows]
    found = official_windows([*told, *hits.told_resets(connection, since - SAME_RESET_MS)])
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


def keep_calibrations(connection: sqlite3.Connection, windows: Iterable[str], now: int) -> None:
    """Estimate anew how large these windows are."""
    query = (
        "SELECT utilization, spent FROM tracker_readings"
        " WHERE used AND window = ? AND observed_at > ? AND utilization >= ? AND spent > 0"
    )
    for window in windows:
        observed = connection.execute(query, (window, now - CALIBRATED_MS, LEAST_SHARE)).fetchall()
        at_hits = (
            (FULL, cost_between(connection, hit.resets_at - length_of(window), hit.at + 1))
            for hit in hits.between(connection, now - CALIBRATED_MS, now + 1)
            if hit.window == window and hit.source != "reading" and hit.resets_at is not None
        )
        found = calibrate([*observed, *at_hits])
        if found is None:
            connection.execute("DELETE FROM tracker_calibrations WHERE window = ?", (window,))
        else:
            values = (window, *msgspec.structs.astuple(found))
            connection.execute("INSERT OR REPLACE INTO tracker_calibrations VALUES (?, ?, ?, ?, ?)", values)


def calibrations(connection: sqlite3.Connection) -> dict[str, Calibration]:
    """How large windows are, by window, as far as it can be estimated."""
    rows = connection.execute("SELECT window, size, low, high, observations FROM tracker_calibrations")
    return {window: Calibration(*rest) for window, *rest in rows}
