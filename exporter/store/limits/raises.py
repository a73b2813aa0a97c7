"""Raised limits in the database: noticed by readings, each counted once."""

from __future__ import annotations

import sqlite3

import msgspec

from exporter.domain.limits.hit import window_length_ms
from exporter.domain.limits.raised import Level, Raise, is_certain_raise, next_level
from exporter.domain.limits.reading import Reading, SourcedReading, has_not_started
from exporter.store.usage import labels, totals

NOTHING_USED = 0.02
"""After a raise to less, the window starts again."""

_COLUMNS = "account, window, at, resets_at, before, after, source"
_LEVEL = "SELECT share, resets_at, below, at FROM tracker_share_levels WHERE account = ? AND window = ? AND voice = ?"


def notice(
    connection: sqlite3.Connection,
    before: Reading | None,
    sourced: SourcedReading,
    resets_at: int | None,
    first_seen_at: int,
) -> None:
    """Save and count the raise that a new reading shows, if any.

    `before`: what the service had said last; `resets_at`: of the window that runs (ms). Without one it cannot be known
    whether a share fell or the window ended.
    """
    reading = sourced.reading
    key = (reading.account, reading.window)
    if resets_at is None or has_not_started(reading):
        return
    known = connection.execute(_LEVEL, (*key, sourced.voice)).fetchone()
    level = Level(*known) if known is not None else None
    if level is not None and reading.observed_at <= level.at:
        return  # seen before
    if before is not None and is_certain_raise(before, reading, resets_at, window_length_ms(reading.window)):
        share = before.utilization
    else:
        following, is_second = next_level(level, reading, resets_at)
        if level is None or not is_second:
            _save_level(connection, reading, sourced.voice, following)
            return
        share = level.share
    found = Raise(*key, reading.observed_at, resets_at, share, reading.utilization, reading.source)
    connection.execute("DELETE FROM tracker_share_levels WHERE account = ? AND window = ?", key)
    _save_level(connection, reading, sourced.voice, next_level(None, reading, resets_at)[0])
    connection.execute(
        f"INSERT INTO tracker_limit_raises ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", msgspec.structs.astuple(found)
    )
    totals.add(connection, {("limit_raised", labels.limit_labels(connection, *key)): 1}, first_seen_at)


def _save_level(connection: sqlite3.Connection, reading: Reading, voice: str, level: Level) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO tracker_share_levels (account, window, voice, share, resets_at, below, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (reading.account, reading.window, voice, *msgspec.structs.astuple(level)),
    )


def last_before(connection: sqlite3.Connection, account: int, window: str, moment: int) -> Raise | None:
    """The last raise of a window at or before `moment` (ms)."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM tracker_limit_raises WHERE account = ? AND window = ? AND at <= ?"
        " ORDER BY at DESC LIMIT 1",
        (account, window, moment),
    ).fetchone()
    return Raise(*row) if row else None


def latest_until(connection: sqlite3.Connection, account: int, moment: int) -> dict[str, Raise]:
    """The last raise of each window of an account at or before `moment` (ms)."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, max(at) FROM tracker_limit_raises WHERE account = ? AND at <= ? GROUP BY window",
        (account, moment),
    )
    return {row[1]: Raise(*row[:7]) for row in rows}


def between(connection: sqlite3.Connection, start: int, end: int) -> list[Raise]:
    """The raises in `[start, end)` (ms), the oldest first."""
    query = f"SELECT {_COLUMNS} FROM tracker_limit_raises WHERE at >= ? AND at < ? ORDER BY at, window, account"
    return [Raise(*row) for row in connection.execute(query, (start, end))]


def forget_levels(connection: sqlite3.Connection, before: int) -> None:
    """Delete the levels that nobody reported since `before` (ms)."""
    connection.execute("DELETE FROM tracker_share_levels WHERE at < ?", (before,))
