"""Limit hits as they are kept: a row each, counted once, never taken back."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable

import msgspec

from exporter.domain.limits.hit import Hit, is_one, length_of, merged
from exporter.domain.limits.reading import FIVE_HOUR, SAME_RESET_MS, SEVEN_DAY
from exporter.domain.limits.windows import ReportedReset
from exporter.domain.usage.totals import LabelSet
from exporter.store.usage import labels, totals

_COLUMNS = "window, at, resets_at, source"
_NEAR = f"SELECT id, locked_ms, {_COLUMNS} FROM tracker_limit_hits WHERE window = ? AND at BETWEEN ? AND ? ORDER BY at"
_OVER = f"SELECT id, {_COLUMNS} FROM tracker_limit_hits WHERE locked_ms IS NULL AND resets_at <= ?"


def take(connection: sqlite3.Connection, told: Iterable[Hit], met_at: int) -> bool:
    """Keep what is told of hits; whether it told anything new. `met_at`: kept for label sets that are new."""
    counts: Counter[LabelSet] = Counter()
    changed = False
    for hit in sorted(told, key=lambda one: one.at):
        changed |= _take(connection, hit, counts)
    totals.add(connection, counts, met_at)
    return changed


def _take(connection: sqlite3.Connection, told: Hit, counts: Counter[LabelSet]) -> bool:
    if not told.named and told.resets_at is not None:
        told = msgspec.structs.replace(told, window=_window_reset_at(connection, told.resets_at) or told.window)
    reach = length_of(told.window) + SAME_RESET_MS
    rows = connection.execute(_NEAR, (told.window, told.at - reach, told.at + reach)).fetchall()
    label = (labels.window(connection, told.window),)
    for row, locked_ms, *columns in rows:
        known = Hit(*columns)
        if not is_one(known, told):
            continue
        hit = merged(known, told)
        if hit == known:
            return False
        connection.execute(
            "UPDATE tracker_limit_hits SET at = ?, resets_at = ?, source = ? WHERE id = ?",
            (hit.at, hit.resets_at, hit.source, row),
        )
        if locked_ms is not None:  # it began earlier than was known
            counts["locked_out", label] += _count_locked(connection, row, hit, locked_ms)
        return True
    connection.execute(
        f"INSERT INTO tracker_limit_hits ({_COLUMNS}) VALUES (?, ?, ?, ?)",
        (told.window, told.at, told.resets_at, told.source),
    )
    counts["limit_hits", label] += 1
    counts["locked_out", label] += 0
    return True


def _window_reset_at(connection: sqlite3.Connection, resets_at: int) -> str | None:
    """The window that a reading tells is reset then, the five hours first; None where none is."""
    span = resets_at - SAME_RESET_MS, resets_at + SAME_RESET_MS
    row = connection.execute(
        "SELECT window FROM tracker_readings WHERE used AND window IN (?, ?) AND resets_at BETWEEN ? AND ?"
        " ORDER BY window LIMIT 1",
        (FIVE_HOUR, SEVEN_DAY, *span),
    ).fetchone()
    return row[0] if row else None


def _count_locked(connection: sqlite3.Connection, row: int, hit: Hit, before: int) -> int:
    locked_ms = hit.locked_ms(hit.resets_at or 0)
    connection.execute("UPDATE tracker_limit_hits SET locked_ms = ? WHERE id = ?", (locked_ms, row))
    return locked_ms - before


def any_over(connection: sqlite3.Connection, now: int) -> bool:
    """Whether `count_over` would count anything."""
    return connection.execute(f"{_OVER} LIMIT 1", (now,)).fetchone() is not None


def count_over(connection: sqlite3.Connection, now: int, met_at: int) -> None:
    """Count the time that hits locked out whose reset has passed."""
    counts: Counter[LabelSet] = Counter()
    for row, *columns in connection.execute(_OVER, (now,)).fetchall():
        hit = Hit(*columns)
        counts["locked_out", (labels.window(connection, hit.window),)] += _count_locked(connection, row, hit, 0)
    totals.add(connection, counts, met_at)


def running(connection: sqlite3.Connection) -> list[Hit]:
    """The hits with a known reset whose time is not counted yet."""
    query = f"SELECT {_COLUMNS} FROM tracker_limit_hits WHERE locked_ms IS NULL AND resets_at IS NOT NULL ORDER BY at"
    return [Hit(*row) for row in connection.execute(query)]


def in_force(connection: sqlite3.Connection, moment: int) -> list[Hit]:
    """The hits that were before a moment (ms) and whose known reset comes after it."""
    query = f"SELECT {_COLUMNS} FROM tracker_limit_hits WHERE at <= ? AND resets_at > ? ORDER BY at"
    return [Hit(*row) for row in connection.execute(query, (moment, moment))]


def lately_unknown(connection: sqlite3.Connection, since: int) -> list[Hit]:
    """The hits since (ms) whose reset nothing told."""
    query = f"SELECT {_COLUMNS} FROM tracker_limit_hits WHERE at >= ? AND resets_at IS NULL ORDER BY at"
    return [Hit(*row) for row in connection.execute(query, (since,))]


def resets_between(connection: sqlite3.Connection, start: int, end: int) -> list[tuple[str, int]]:
    """The windows and resets (ms) that hits tell of within `(start, end]`."""
    query = "SELECT window, resets_at FROM tracker_limit_hits WHERE resets_at > ? AND resets_at <= ?"
    return list(connection.execute(query, (start, end)))


def between(connection: sqlite3.Connection, start: int, end: int) -> list[Hit]:
    """The hits within `[start, end)` (ms), the oldest first."""
    query = f"SELECT {_COLUMNS} FROM tracker_limit_hits WHERE at >= ? AND at < ? ORDER BY at, window"
    return [Hit(*row) for row in connection.execute(query, (start, end))]


def told_resets(connection: sqlite3.Connection, since: int) -> list[ReportedReset]:
    """The five-hour resets after `since` (ms) that texts told: not to the second, as readings do."""
    query = "SELECT resets_at, at FROM tracker_limit_hits WHERE window = ? AND resets_at > ? AND source != 'reading'"
    return [
        ReportedReset(resets_at, at, exact=False) for resets_at, at in connection.execute(query, (FIVE_HOUR, since))
    ]


def sums(connection: sqlite3.Connection) -> dict[LabelSet, int]:
    """What all hits add up to in the totals."""
    found: Counter[LabelSet] = Counter()
    query = "SELECT window, count(*), sum(locked_ms) FROM tracker_limit_hits GROUP BY window"
    for window, count, locked_ms in connection.execute(query).fetchall():
        label = (labels.window(connection, window),)
        found["limit_hits", label] += count
        if locked_ms is not None:
            found["locked_out", label] += locked_ms
    return dict(found)
