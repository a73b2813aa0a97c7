"""The warnings that were sent."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

from exporter.domain.limits.hit import window_length_ms
from exporter.domain.notifications.warning import Notification, SentNotification, WarningKey, window_of
from exporter.domain.usage.totals import LabelSet
from exporter.store.usage import totals

_ADD = (
    "INSERT INTO tracker_warnings (kind, subject, until, certain, at, severity, title, text)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_KEYS = """
SELECT kind, subject, until, certain FROM tracker_warnings WHERE until >= ?
UNION ALL SELECT kind, subject, max(until), 1 FROM tracker_warnings
WHERE kind IN ('session_waiting', 'alert') GROUP BY kind, subject
"""
_SENT = "SELECT id, kind, subject, until, severity, title, text, at FROM tracker_warnings WHERE id > ? ORDER BY id"


def load_keys(connection: sqlite3.Connection, since: int) -> list[WarningKey]:
    """The warnings about windows and blocks that end since `since` (ms), and about every wait and alert."""
    rows = connection.execute(_KEYS, (since,))
    return [WarningKey(kind, subject, until, bool(certain)) for kind, subject, until, certain in rows]


def expire(connection: sqlite3.Connection, ended: Sequence[WarningKey], now: int) -> None:
    """Expire warnings about windows without a known reset."""
    connection.executemany(
        "UPDATE tracker_warnings SET until = ? WHERE kind = ? AND subject = ? AND until = ? AND NOT certain",
        [(now - window_length_ms(window_of(one.subject)), one.kind, one.subject, one.until) for one in ended],
    )


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
    return [
        SentNotification(row, Notification(WarningKey(kind, subject, until), severity, title, text), at)
        for row, kind, subject, until, severity, title, text, at in connection.execute(_SENT, (number,))
    ]
