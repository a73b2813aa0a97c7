"""Stored limit hits: one row each, counted once, never removed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable

import msgspec

from exporter.domain.limits.hit import Hit, is_same_hit, merge_hits, window_length_ms
from exporter.domain.limits.reading import FIVE_HOUR, SAME_RESET_MS, SEVEN_DAY
from exporter.domain.limits.windows import ReportedReset
from exporter.domain.usage.totals import LabelSet
from exporter.store.usage import labels, totals

_COLUMNS = "window, at, resets_at, source"
_NEAR = f"SELECT id, locked_ms, {_COLUMNS} FROM tracker_limit_hits WHERE window = ? AND at BETWEEN ? AND ? ORDER BY at"
_ENDED = f"SELECT id, {_COLUMNS} FROM tracker_limit_hits WHERE locked_ms IS NULL AND resets_at <= ?"


def save_hits(connection: sqlite3.Connection, reported: Iterable[Hit], first_seen_at: int) -> bool:
    """Save reported hits; returns whether anything was new. `first_seen_at`: stored for new label sets."""
    counts: Counter[LabelSet] = Counter()
    changed = False
    for hit in sorted(reported, key=lambda one: one.at):
        changed |= _save_hit(connection, hit, counts)
    totals.add(connection, counts, first_seen_at)
    return changed


def _save_hit(connection: sqlite3.Connection, reported: Hit, counts: Counter[LabelSet]) -> bool:
    if not reported.named and reported.resets_at is not None:
        reported = msgspec.structs.replace(
            reported, window=_window_reset_at(connection, reported.resets_at) or reported.window
        )
    reach = window_length_ms(reported.window) + SAME_RESET_MS
    rows = connection.execute(_NEAR, (reported.window, reported.at - reach, reported.at + reach)).fetchall()
    label = (labels.window_label(connection, reported.window),)
    for row, locked_ms, *columns in rows:
        known = Hit(*columns)
        if not is_same_hit(known, reported):
            continue
        hit = merge_hits(known, reported)
        if hit == known:
            return False
        connection.execute(
            "UPDATE tracker_limit_hits SET at = ?, resets_at = ?, source = ? WHERE id = ?",
            (hit.at, hit.resets_at, hit.source, row),
        )
        if locked_ms is not None:  # it started earlier than known
            counts["locked_out", label] += _count_locked(connection, row, hit, locked_ms)
        return True
    connection.execute(
        f"INSERT INTO tracker_limit_hits ({_COLUMNS}) VALUES (?, ?, ?, ?)",
        (reported.window, reported.at, reported.resets_at, reported.source),
    )
    counts["limit_hits", label] += 1
    counts["locked_out", label] += 0
    return True


def _window_reset_at(connection: sqlite3.Connection, resets_at: int) -> str | None:
    """The window with this reset in a reading, the 5-hour window first; None if there is none."""
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


def has_ended_lockouts(connection: sqlite3.Connection, now: int) -> bool:
    """Whether `count_ended_lockouts` would count anything."""
    return connection.execute(f"{_ENDED} LIMIT 1", (now,)).fetchone() is not None


def count_ended_lockouts(connection: sqlite3.Connection, now: int, first_seen_at: int) -> None:
    """Count the lockout time of hits whose reset has passed."""
    counts: Counter[LabelSet] = Counter()
    for row, *columns in connection.execute(_ENDED, (now,)).fetchall():
        hit = Hit(*columns)
        counts["locked_out", (labels.window_label(connection, hit.window),)] += _count_locked(connection, row, hit, 0)
    totals.add(connection, counts, first_seen_at)


def running(connection: sqlite3.Connection) -> list[Hit]:
    """The hits with a known reset whose lockout time is not counted yet."""
    query = f"SELECT {_COLUMNS} FROM tracker_limit_hits WHERE locked_ms IS NULL AND resets_at IS NOT NULL ORDER BY at"
    return [Hit(*row) for row in connection.execute(query)]


def active_at(connection: sqlite3.Connection, moment: int) -> list[Hit]:
    """The hits at or before `moment` (ms) with a known reset after it."""
    query = f"SELECT {_COLUMNS} FROM tracker_limit_hits WHERE at <= ? AND resets_at > ? ORDER BY at"
    return [Hit(*row) for row in connection.execute(query, (moment, moment))]


def recent_without_reset(connection: sqlite3.Connection, since: int) -> list[Hit]:
    """The hits since `since` (ms) without a known reset."""
    query = f"SELECT {_COLUMNS} FROM tracker_limit_hits WHERE at >= ? AND resets_at IS NULL ORDER BY at"
    return [Hit(*row) for row in connection.execute(query, (since,))]


def resets_between(connection: sqlite3.Connection, start: int, end: int) -> list[tuple[str, int]]:
    """The windows and resets (ms) of hits with a reset in `(start, end]`."""
    query = "SELECT window, resets_at FROM tracker_limit_hits WHERE resets_at > ? AND resets_at <= ?"
    return list(connection.execute(query, (start, end)))


def between(connection: sqlite3.Connection, start: int, end: int) -> list[Hit]:
    """The hits in `[start, end)` (ms), the oldest first."""
    query = f"SELECT {_COLUMNS} FROM tracker_limit_hits WHERE at >= ? AND at < ? ORDER BY at, window"
    return [Hit(*row) for row in connection.execute(query, (start, end))]


def text_resets(connection: sqlite3.Connection, since: int) -> list[ReportedReset]:
    """The 5-hour resets after `since` (ms) from limit texts, which are less precise than readings."""
    query = "SELECT resets_at, at FROM tracker_limit_hits WHERE window = ? AND resets_at > ? AND source != 'reading'"
    return [
        ReportedReset(resets_at, at, exact=False) for resets_at, at in connection.execute(query, (FIVE_HOUR, since))
    ]


def sum_hits(connection: sqlite3.Connection) -> dict[LabelSet, int]:
    """The contributions of all hits to the totals."""
    found: Counter[LabelSet] = Counter()
    query = "SELECT window, count(*), sum(locked_ms) FROM tracker_limit_hits GROUP BY window"
    for window, count, locked_ms in connection.execute(query).fetchall():
        label = (labels.window_label(connection, window),)
        found["limit_hits", label] += count
        if locked_ms is not None:
            found["locked_out", label] += locked_ms
    return dict(found)
