"""Readings of official utilization, the five-hour windows that they and the limit texts name, and calibration."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from exporter.domain.blocks.block import Window
from exporter.domain.calendar.timestamp import DAY, MINUTE
from exporter.domain.limits.calibration import LEAST_SHARE, Calibration, calibrate
from exporter.domain.limits.hit import FULL, Hit, length_of
from exporter.domain.limits.reading import FIVE_HOUR, SAME_RESET_MS, SEVEN_DAY, Reading
from exporter.domain.limits.windows import ReportedReset, official_windows
from exporter.store.database import meta
from exporter.store.limits import hits
from exporter.store.usage import labels
from exporter.store.usage.responses import Costs

CALIBRATED_MS = 28 * DAY
"""Older readings say nothing about today's limits."""
CALIBRATE_MS = 10 * MINUTE
"""Between estimates, which ask for every response of that time."""
SIZED = (FIVE_HOUR, SEVEN_DAY)
"""The windows whose size is estimated: all use counts on them."""

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
_TOLD = """
SELECT resets_at, max(last_at) FROM tracker_readings
WHERE used AND window = ? AND resets_at > ? GROUP BY resets_at / 60000
"""
# A session that idles hands over an old share again; within one reset it does not fall.
_KEEP_LAST = f"""
INSERT INTO tracker_last_readings (window, source, last_at, utilization, resets_at, organization)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET last_at = excluded.last_at, utilization = excluded.utilization,
    resets_at = excluded.resets_at, organization = excluded.organization
WHERE excluded.last_at >= last_at
    AND NOT (excluded.utilization < utilization AND coalesce(abs(excluded.resets_at - resets_at) <= {SAME_RESET_MS}, 0))
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
    full = (one for one in new if one.utilization >= FULL and _is_used(connection, one))
    told = tuple(Hit(one.window, one.observed_at, _reset_of(connection, one), "reading") for one in full)
    return Taken(bool(new), told)


def _is_used(connection: sqlite3.Connection, reading: Reading) -> bool:
    """Whether it says anything: not of a window that was reset before, nor of another organization."""
    is_void = reading.resets_at is not None and reading.resets_at <= reading.observed_at
    return not is_void and _is_first_organization(connection, reading.organization)


def _reset_of(connection: sqlite3.Connection, reading: Reading) -> int | None:
    if reading.resets_at is not None:
        return reading.resets_at
    at = reading.observed_at
    found = connection.execute(_RESET, (reading.window, at, at + length_of(reading.window))).fetchone()
    return int(found[0]) if found else None


def _begun_at(connection: sqlite3.Connection, reading: Reading) -> int | None:
    """When its window began, where that is known and the whole use counts on it, not one family's."""
    resets_at = _reset_of(connection, reading)
    return None if resets_at is None or reading.window not in SIZED else resets_at - length_of(reading.window)


def _take(connection: sqlite3.Connection, reading: Reading) -> bool:
    told = (reading.utilization, reading.resets_at, reading.organization)
    key, at = (reading.window, reading.source), reading.observed_at
    row, last_at, *last = connection.execute(_LAST, (*key, at)).fetchone() or (None, at, None)
    used = _is_used(connection, reading)
    if tuple(last) != (used, *told):
        begun_at = _begun_at(connection, reading) if used else None
        connection.execute(_ADD, (*key, at, at, *told, int(used), begun_at))
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
    told = [ReportedReset(resets_at, last_at, exact=True) for resets_at, last_at in rows]
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
    return list(in_order(connection, since))


def in_order(connection: sqlite3.Connection, since: int) -> Iterator[tuple[Reading, int, bool]]:
    """The same, as they are asked for."""
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


def estimated(connection: sqlite3.Connection, now: int) -> dict[str, Calibration]:
    """How large the windows are, by what was told until `now` (ms) and what is known today to be spent in them."""
    since = now - CALIBRATED_MS
    observed: dict[str, list[tuple[int, int, float]]] = {
        window: [
            (begun_at, at, share)
            for share, begun_at, at in connection.execute(_OBSERVED, (window, since, now, LEAST_SHARE))
        ]
        for window in SIZED
    }
    for hit in hits.between(connection, since, now + 1):
        if hit.window in SIZED and hit.source != "reading" and hit.resets_at is not None:
            observed[hit.window].append((hit.resets_at - length_of(hit.window), hit.at, FULL))
    if not any(observed.values()):
        return {}
    costs = Costs(connection, since - length_of(SEVEN_DAY), now + 1)
    sizes = {
        window: calibrate((share, costs.between(begun_at, at + 1)) for begun_at, at, share in told)
        for window, told in observed.items()
    }
    return {window: size for window, size in sizes.items() if size is not None}


def keep_calibrations(connection: sqlite3.Connection, now: int) -> None:
    """Estimate anew how large the windows are, and keep it."""
    sizes = estimated(connection, now)
    for window in SIZED:
        found = sizes.get(window)
        if found is None:
            connection.execute("DELETE FROM tracker_calibrations WHERE window = ?", (window,))
        else:
            values = (window, *msgspec.structs.astuple(found))
            connection.execute("INSERT OR REPLACE INTO tracker_calibrations VALUES (?, ?, ?, ?, ?)", values)


def calibrate_when_due(connection: sqlite3.Connection, now: int) -> None:
    """Estimate anew, unless that was done just now."""
    last = int(meta.get(connection, "calibrated_at") or 0)
    if not last <= now < last + CALIBRATE_MS:
        keep_calibrations(connection, now)
        meta.put(connection, "calibrated_at", str(now))


def calibrations(connection: sqlite3.Connection) -> dict[str, Calibration]:
    """How large windows are, by window, as far as it can be estimated."""
    rows = connection.execute("SELECT window, size, low, high, observations FROM tracker_calibrations")
    return {window: Calibration(*rest) for window, *rest in rows}
