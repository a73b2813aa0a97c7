"""The warnings that were sent."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.limits.hit import window_length_ms
from exporter.domain.notifications.warning import (
    Kind,
    Notification,
    SentNotification,
    Severity,
    WarningKey,
    window_of,
)
from exporter.domain.usage.totals import LabelSet
from exporter.store.usage import totals

SHOWN_MS = HOUR
_ADD = (
    "INSERT INTO tracker_warnings (kind, subject, until, certain, at, severity, title, text)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_KEYS = """
SELECT kind, subject, until, certain, withdrawn_at IS NOT NULL FROM tracker_warnings WHERE until >= ?
UNION ALL SELECT kind, subject, max(until), 1, withdrawn_at IS NOT NULL FROM tracker_warnings
WHERE kind IN ('session_waiting', 'alert') GROUP BY kind, subject
"""
# The newest of each kind and subject; an alert is not taken back, so it is shown for a while.
_VALID = f"""
SELECT max(id), kind, subject, until, severity, title, text, at FROM tracker_warnings
WHERE withdrawn_at IS NULL AND (until > ?1 OR kind = 'session_waiting'
    OR (kind IN ('alert', 'limit_free') AND at > ?1 - {SHOWN_MS}))
GROUP BY kind, subject ORDER BY 1
"""
_SENT = "SELECT id, kind, subject, until, severity, title, text, at FROM tracker_warnings WHERE id > ? ORDER BY id"


def load_keys(connection: sqlite3.Connection, since: int) -> list[WarningKey]:
    """The warnings about windows and blocks that end since `since` (ms), and about every wait and alert."""
    rows = connection.execute(_KEYS, (since,))
    return [
        WarningKey(kind, subject, until, bool(certain), bool(withdrawn))
        for kind, subject, until, certain, withdrawn in rows
    ]


def expire(connection: sqlite3.Connection, ended: Sequence[WarningKey], now: int) -> None:
    """Expire warnings about windows without a known reset."""
    connection.executemany(
        "UPDATE tracker_warnings SET until = ? WHERE kind = ? AND subject = ? AND until = ? AND NOT certain",
        [(now - window_length_ms(window_of(one.subject)), one.kind, one.subject, one.until) for one in ended],
    )


def withdraw(connection: sqlite3.Connection, keys: Sequence[WarningKey], now: int) -> None:
    """Note that these hold no longer."""
    connection.executemany(
        "UPDATE tracker_warnings SET withdrawn_at = ? WHERE kind = ? AND subject = ? AND until = ?"
        " AND withdrawn_at IS NULL",
        [(now, one.kind, one.subject, one.until) for one in keys],
    )


def valid(connection: sqlite3.Connection, now: int) -> list[SentNotification]:
    """Those that still hold at `now` (ms), the oldest first; of one window, only the newest."""
    newest: dict[str, SentNotification] = {}
    for row in connection.execute(_VALID, (now,)):
        one = _sent(row)
        newest.pop(one.notification.key.topic, None)
        newest[one.notification.key.topic] = one
    return list(newest.values())


def save(connection: sqlite3.Connection, notifications: Sequence[Notification], now: int, first_seen_at: int) -> None:
    """Save and count the warnings sent now."""
    counts: Counter[LabelSet] = Counter()
    for one in notifications:
        key = one.key
        connection.execute(
            _ADD, (key.kind, key.subject, key.until, key.certain, now, one.severity, one.title, one.text)
        )
        counts["notifications", (key.kind,)] += 1
    totals.add(connection, counts, first_seen_at)


def last_number(connection: sqlite3.Connection) -> int:
    """The number of the last warning, 0 before the first."""
    (found,) = connection.execute("SELECT max(id) FROM tracker_warnings").fetchone()
    return found or 0


def sent_after(connection: sqlite3.Connection, number: int) -> list[SentNotification]:
    """The warnings after that number, the oldest first."""
    return [_sent(row) for row in connection.execute(_SENT, (number,))]


def _sent(row: tuple[int, Kind, str, int, Severity, str, str, int]) -> SentNotification:
    number, kind, subject, until, severity, title, text, at = row
    return SentNotification(number, Notification(WarningKey(kind, subject, until), severity, title, text), at)
