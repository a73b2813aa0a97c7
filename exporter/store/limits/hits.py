"""Stored limit hits: one row each, counted once, never removed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable

import msgspec

from exporter.domain.limits.hit import Hit, HitSource, is_same_hit, merge_hits, window_length_ms
from exporter.domain.limits.reading import FIVE_HOUR, SAME_RESET_MS, SEVEN_DAY
from exporter.domain.limits.windows import ReportedReset
from exporter.domain.usage.totals import LabelSet
from exporter.store.usage import labels, totals

_COLUMNS = "window, at, resets_at, source, account, is_overage"
_NEAR = (
    f"SELECT id, {_COLUMNS} FROM tracker_limit_hits WHERE account = ? AND window = ? AND at BETWEEN ? AND ? ORDER BY at"
)


def save_hits(connection: sqlite3.Connection, reported: Iterable[Hit], first_seen_at: int) -> bool:
    """Save reported hits; returns whether anything was new. `first_seen_at`: stored for new label sets.

    `lockouts` finds the lockouts that follow.
    """
    counts: Counter[LabelSet] = Counter()
    changed = False
    for hit in sorted(reported, key=lambda one: one.at):
        changed |= _save_hit(connection, hit, counts)
    totals.add(connection, counts, first_seen_at)
    return changed


def _save_hit(connection: sqlite3.Connection, reported: Hit, counts: Counter[LabelSet]) -> bool:
    if not reported.named and reported.resets_at is not None:
        window = _window_reset_at(connection, reported.account, reported.resets_at)
        reported = msgspec.structs.replace(reported, window=window or reported.window)
    reach = window_length_ms(reported.window) + SAME_RESET_MS
    near = (reported.account, reported.window, reported.at - reach, reported.at + reach)
    for row, *columns in connection.execute(_NEAR, near).fetchall():
        known = _hit(*columns)
        if not is_same_hit(known, reported):
            continue
        is_new = _add_report(connection, row, reported.at)
        hit = merge_hits(known, reported)
        if hit == known:
            return is_new
        connection.execute(
            "UPDATE tracker_limit_hits SET at = ?, resets_at = ?, source = ?, is_overage = ?, is_closed = 0"
            " WHERE id = ?",
            (hit.at, hit.resets_at, hit.source, hit.is_overage, row),
        )
        return True
    if reported.source != "reading" and _is_reported(connection, reported):
        return False
    cursor = connection.execute(
        f"INSERT INTO tracker_limit_hits ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
        (reported.window, reported.at, reported.resets_at, reported.source, reported.account, reported.is_overage),
    )
    _add_report(connection, int(cursor.lastrowid or 0), reported.at)
    label_set = labels.limit_labels(connection, reported.account, reported.window)
    counts["limit_hits", label_set] += 1
    counts["locked_out", label_set] += 0
    return True


def _is_reported(connection: sqlite3.Connection, reported: Hit) -> bool:
    """Whether the same line was counted for another account, before its session said whose it is."""
    query = (
        "SELECT 1 FROM tracker_limit_reports r JOIN tracker_limit_hits h ON h.id = r.hit"
        " WHERE r.at = ? AND h.window = ? AND h.source != 'reading' LIMIT 1"
    )
    return connection.execute(query, (reported.at, reported.window)).fetchone() is not None


def _add_report(connection: sqlite3.Connection, hit: int, at: int) -> bool:
    """Add the time of a report; returns whether it is new. A new one may start another lockout."""
    added = connection.execute("INSERT OR IGNORE INTO tracker_limit_reports (hit, at) VALUES (?, ?)", (hit, at))
    if added.rowcount:
        connection.execute("UPDATE tracker_limit_hits SET is_closed = 0 WHERE id = ?", (hit,))
    return bool(added.rowcount)


def _hit(window: str, at: int, resets_at: int | None, source: HitSource, account: int, is_overage: int) -> Hit:
    return Hit(window, at, resets_at, source, account=account, is_overage=bool(is_overage))


def _window_reset_at(connection: sqlite3.Connection, account: int, resets_at: int) -> str | None:
    """The account's window with this reset in a reading, the 5-hour window first; None if there is none."""
    span = resets_at - SAME_RESET_MS, resets_at + SAME_RESET_MS
    row = connection.execute(
        "SELECT window FROM tracker_readings WHERE used AND account = ? AND window IN (?, ?)"
        " AND resets_at BETWEEN ? AND ? ORDER BY window LIMIT 1",
        (account, FIVE_HOUR, SEVEN_DAY, *span),
    ).fetchone()
    return row[0] if row else None


class StoredHit(msgspec.Struct, frozen=True):
    """A hit with its lockouts: how long those that are over lasted, and since when one runs. Times in ms."""

    hit: Hit
    locked_ms: int
    running_since: int | None
    went_on: bool
    """Whether work went on before the limit was reset."""


_STORED = f"SELECT {_COLUMNS}, coalesce(locked_ms, 0), running_since, went_on FROM tracker_limit_hits"


def running(connection: sqlite3.Connection) -> list[StoredHit]:
    """The hits whose lockout runs."""
    return _stored(connection, "WHERE running_since IS NOT NULL ORDER BY at, window", ())


def in_force(connection: sqlite3.Connection, now: int) -> list[StoredHit]:
    """The hits whose known reset is after `now` (ms), whether or not work went on."""
    return _stored(connection, "WHERE at <= ? AND resets_at > ? ORDER BY at, window", (now, now))


def between(connection: sqlite3.Connection, start: int, end: int) -> list[StoredHit]:
    """The hits in `[start, end)` (ms), the oldest first."""
    return _stored(connection, "WHERE at >= ? AND at < ? ORDER BY at, window, account", (start, end))


def _stored(connection: sqlite3.Connection, where: str, parameters: tuple[int, ...]) -> list[StoredHit]:
    rows = connection.execute(f"{_STORED} {where}", parameters)
    return [StoredHit(_hit(*row[:6]), row[6], row[7], bool(row[8])) for row in rows]


def by_id(connection: sqlite3.Connection) -> list[tuple[int, StoredHit]]:
    """Every hit with its id, the oldest first."""
    numbers = [number for (number,) in connection.execute("SELECT id FROM tracker_limit_hits ORDER BY at, id")]
    return list(zip(numbers, _stored(connection, "ORDER BY at, id", ()), strict=True))


def resets_between(connection: sqlite3.Connection, start: int, end: int) -> list[tuple[int, str, int]]:
    """The accounts, windows and resets (ms) of hits with a reset in `(start, end]`."""
    query = "SELECT account, window, resets_at FROM tracker_limit_hits WHERE resets_at > ? AND resets_at <= ?"
    return list(connection.execute(query, (start, end)))


def text_resets(connection: sqlite3.Connection, since: int) -> list[tuple[int, ReportedReset]]:
    """The accounts and 5-hour resets after `since` (ms) from limit texts, which are less precise than readings."""
    query = (
        "SELECT account, resets_at, at FROM tracker_limit_hits"
        " WHERE window = ? AND resets_at > ? AND source != 'reading'"
    )
    return [
        (account, ReportedReset(resets_at, at, exact=False))
        for account, resets_at, at in connection.execute(query, (FIVE_HOUR, since))
    ]


def sum_hits(connection: sqlite3.Connection) -> dict[LabelSet, int]:
    """The contributions of all hits and raises to the totals."""
    found: Counter[LabelSet] = Counter()
    query = "SELECT account, window, count(*), sum(locked_ms) FROM tracker_limit_hits GROUP BY account, window"
    for account, window, count, locked_ms in connection.execute(query).fetchall():
        label_set = labels.limit_labels(connection, account, window)
        found["limit_hits", label_set] += count
        found["locked_out", label_set] += locked_ms or 0
    query = "SELECT account, window, count(*) FROM tracker_limit_raises GROUP BY account, window"
    for account, window, count in connection.execute(query).fetchall():
        found["limit_raised", labels.limit_labels(connection, account, window)] += count
    return dict(found)
