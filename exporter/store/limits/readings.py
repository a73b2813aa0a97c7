"""Stored readings of official utilization, and the 5-hour windows from readings and limit texts."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from exporter.domain.blocks.block import Window, Windows
from exporter.domain.limits.hit import FULL, Hit, window_length_ms
from exporter.domain.limits.naming import family_window
from exporter.domain.limits.reading import (
    FIVE_HOUR,
    SAME_RESET_MS,
    SEVEN_DAY,
    Reading,
    SourcedReading,
    last_word,
    waits_for_second_answer,
)
from exporter.domain.limits.windows import ReportedReset, official_windows
from exporter.domain.usage.families import CURRENT_FAMILIES
from exporter.domain.usage.totals import HIT_FAMILIES
from exporter.store.limits import hits, raises
from exporter.store.usage import labels, totals

_SIZED = frozenset((FIVE_HOUR, SEVEN_DAY, *map(family_window, CURRENT_FAMILIES)))

_LAST = """
SELECT id, last_at, used, utilization, resets_at, binds FROM tracker_readings
WHERE account = ? AND window = ? AND source = ? AND observed_at <= ? ORDER BY observed_at DESC LIMIT 1
"""
_ADD = """
INSERT INTO tracker_readings
    (account, window, source, observed_at, last_at, used, utilization, resets_at, binds, begun_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# Resets of one minute are one row: the bare columns are those of the row with the latest time.
_RESETS = """
SELECT account, resets_at, max(last_at) FROM tracker_readings
WHERE used AND window = ? AND resets_at > ? GROUP BY account, resets_at / 60000
"""
_SAVE_LAST = """
INSERT INTO tracker_last_readings (account, window, source, last_at, utilization, resets_at, binds)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET last_at = excluded.last_at, utilization = excluded.utilization,
    resets_at = excluded.resets_at, binds = excluded.binds
WHERE excluded.last_at >= last_at
"""
# A source without resets gets them from other sources.
_RESET = """
SELECT resets_at FROM tracker_readings
WHERE used AND account = ? AND window = ? AND resets_at > ? AND resets_at <= ? ORDER BY last_at DESC LIMIT 1
"""
_HAS_RESET = """
SELECT 1 FROM tracker_readings WHERE account = ? AND window = ? AND resets_at BETWEEN ? AND ? LIMIT 1
"""


class SavedReadings(msgspec.Struct, frozen=True):
    """The result of saving readings: whether any was new, and the hits among them."""

    changed: bool
    hits: tuple[Hit, ...]


def save_readings(
    connection: sqlite3.Connection, reported: Iterable[SourcedReading], first_seen_at: int
) -> SavedReadings:
    """Save readings; one that is already stored changes nothing. `first_seen_at`: stored for new label sets."""
    changed, full = False, []
    for sourced in sorted(reported, key=lambda one: one.reading.observed_at):
        reading = sourced.reading
        before = last_word(_last_of(connection, reading.account, reading.window))
        is_held = before is not None and _is_held(connection, before, reading)
        if before is None:
            _start_counters(connection, reading, first_seen_at)
        if not _save_reading(connection, reading, is_held=is_held):
            continue
        changed = True
        if is_expired(reading) or is_held:
            continue
        reset = _reset_of(connection, reading)
        raises.notice(connection, before, sourced, reset, first_seen_at)
        if reading.utilization >= FULL and reading.binds:
            full.append(Hit(reading.window, reading.observed_at, reset, "reading", account=reading.account))
    return SavedReadings(changed, tuple(full))


def _start_counters(connection: sqlite3.Connection, reading: Reading, first_seen_at: int) -> None:
    """Start the counters of a window at 0 with its first reading, so that they are known before they count."""
    label_set = labels.limit_labels(connection, reading.account, reading.window)
    totals.add(connection, {(family, label_set): 0 for family in HIT_FAMILIES}, first_seen_at)


def is_sized(window: str) -> bool:
    """Whether it is known which usage counts towards a window, so that its size can be estimated."""
    return window in _SIZED


def is_expired(reading: Reading) -> bool:
    """Whether its window had reset before the reading was taken, so that it is not used."""
    return reading.resets_at is not None and reading.resets_at <= reading.observed_at


def _is_held(connection: sqlite3.Connection, before: Reading, reading: Reading) -> bool:
    """Whether the reading repeats the old share in a new window, and is the first with that window's reset."""
    if not waits_for_second_answer(before, reading, window_length_ms(reading.window)):
        return False
    reset = reading.resets_at or 0
    span = reset - SAME_RESET_MS, reset + SAME_RESET_MS
    return connection.execute(_HAS_RESET, (reading.account, reading.window, *span)).fetchone() is None


def _reset_of(connection: sqlite3.Connection, reading: Reading) -> int | None:
    """Its own reset, else that of the window which ran then, from other sources; None if it is not known."""
    if reading.resets_at is not None:
        return reading.resets_at
    at = reading.observed_at
    key = (reading.account, reading.window, at, at + window_length_ms(reading.window))
    found = connection.execute(_RESET, key).fetchone()
    return int(found[0]) if found else None


def _window_start(connection: sqlite3.Connection, reading: Reading) -> int | None:
    """When its window started; None if unknown, or if it is not known which usage counts towards the window.

    After the limit was raised to nothing used, the window starts there; after any other raise, its size is not known.
    """
    resets_at = _reset_of(connection, reading)
    if resets_at is None or not is_sized(reading.window):
        return None
    start = resets_at - window_length_ms(reading.window)
    raised = raises.last_before(connection, reading.account, reading.window, reading.observed_at)
    if raised is None or raised.at < start:
        return start
    return raised.at if raised.after < raises.NOTHING_USED else None


def date_family_windows(connection: sqlite3.Connection) -> None:
    """Save when the weeks of model families started, which versions before the forecast did not."""
    rows = connection.execute(
        "SELECT id, window, source, observed_at, utilization, resets_at, account FROM tracker_readings"
        " WHERE used AND begun_at IS NULL AND resets_at IS NOT NULL AND window GLOB ?",
        (f"{SEVEN_DAY}_*",),
    ).fetchall()
    started = [(_window_start(connection, Reading(*reading)), number) for number, *reading in rows]
    connection.executemany("UPDATE tracker_readings SET begun_at = ? WHERE id = ?", started)


def _save_reading(connection: sqlite3.Connection, reading: Reading, *, is_held: bool) -> bool:
    key, at = (reading.account, reading.window, reading.source), reading.observed_at
    used = not is_expired(reading)
    reported = (used, reading.utilization, reading.resets_at, reading.binds)
    row, last_at, *last = connection.execute(_LAST, (*key, at)).fetchone() or (None, at, None)
    if tuple(last) != reported:
        window_start = _window_start(connection, reading) if used and not is_held else None
        connection.execute(_ADD, (*key, at, at, *reported, window_start))
        labels.window_label(connection, reading.window)
    elif at <= last_at:
        return False
    else:
        connection.execute("UPDATE tracker_readings SET last_at = ? WHERE id = ?", (at, row))
    if used and not is_held:
        connection.execute(_SAVE_LAST, (*key, at, *reported[1:]))
    return True


def windows(connection: sqlite3.Connection, since: int = 0) -> Windows:
    """The official 5-hour windows that end after `since` (ms), by account."""
    resets: defaultdict[int, list[ReportedReset]] = defaultdict(list)
    for account, resets_at, last_at in connection.execute(_RESETS, (FIVE_HOUR, since - SAME_RESET_MS)):
        resets[account].append(ReportedReset(resets_at, last_at, exact=True))
    for account, reset in hits.text_resets(connection, since - SAME_RESET_MS):
        resets[account].append(reset)
    found: dict[int, tuple[Window, ...]] = {}
    for account, reported in sorted(resets.items()):
        own = tuple(window for window in official_windows(reported) if window.end > since)
        if own:
            found[account] = own
    return found


_LAST_OF = "SELECT window, source, last_at, utilization, resets_at, account, binds FROM tracker_last_readings"


def last_of_each(connection: sqlite3.Connection) -> list[Reading]:
    """The last reading of each account, window and source, valid or not."""
    return [_reading(row) for row in connection.execute(_LAST_OF)]


def _last_of(connection: sqlite3.Connection, account: int, window: str) -> list[Reading]:
    rows = connection.execute(f"{_LAST_OF} WHERE account = ? AND window = ?", (account, window))
    return [_reading(row) for row in rows]


def _reading(row: tuple[str, str, int, float, int | None, int, int]) -> Reading:
    return Reading(*row[:6], bool(row[6]))


def last_account(connection: sqlite3.Connection) -> int | None:
    """The account of the latest reading; None before the first."""
    row = connection.execute("SELECT account FROM tracker_last_readings ORDER BY last_at DESC LIMIT 1").fetchone()
    return row[0] if row else None


def iterate_history(connection: sqlite3.Connection, since: int) -> Iterator[tuple[Reading, int, bool]]:
    """Every reading since `since` (ms), the oldest first, with the last time it was reported and whether it is used."""
    rows = connection.execute(
        "SELECT window, source, observed_at, utilization, resets_at, account, binds, last_at, used"
        " FROM tracker_readings WHERE last_at >= ? ORDER BY observed_at, id",
        (since,),
    )
    return ((_reading(row[:7]), row[7], bool(row[8])) for row in rows)
