"""The warnings that were told."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

from exporter.domain.limits.hit import length_of
from exporter.domain.notifications.warning import Notification, SentNotification, WarningKey
from exporter.domain.usage.totals import LabelSet
from exporter.store.usage import totals

_ADD = (
    "INSERT INTO tracker_warnings (kind, subject, until, certain, at, severity, title, text)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_WARNED = """
SELECT kind, subject, until, certain FROM tracker_warnings WHERE until >= ?
UNION ALL SELECT kind, subject, max(until), 1 FROM tracker_warnings
WHERE kind IN ('session_waiting', 'alert') GROUP BY kind, subject
"""
_TOLD = "SELECT id, kind, subject, until, severity, title, text, at FROM tracker_warnings WHERE id > ? ORDER BY id"


def warned(connection: sqlite3.Connection, since: int) -> list[WarningKey]:
    """What was told of windows and blocks that end since (ms), and of every wait and alert, which may last."""
    rows = connection.execute(_WARNED, (since,))
    return [WarningKey(kind, subject, until, bool(certain)) for kind, subject, until, certain in rows]


def end(connection: sqlite3.Connection, ended: Sequence[WarningKey], now: int) -> None:
    """Let what was told of windows without a known reset hold no longer."""
    connection.executemany(
        "UPDATE tracker_warnings SET until = ? WHERE kind = ? AND subject = ? AND until = ? AND NOT certain",
        [(now - length_of(one.subject), one.kind, one.subject, one.until) for one in ended],
    )


def keep(connection: sqlite3.Connection, notices: Sequence[Notification], now: int, met_at: int) -> None:
    """Note and count what is told now."""
    counts: Counter[LabelSet] = Counter()
    for one in notices:
        of = one.warned
        connection.execute(_ADD, (of.kind, of.subject, of.until, of.certain, now, one.severity, one.title, one.text))
        counts["notifications", (of.kind,)] += 1
    totals.add(connection, counts, met_at)


def last(connection: sqlite3.Connection) -> int:
    """The number of the last warning, 0 before the first."""
    (found,) = connection.execute("SELECT max(id) FROM tracker_warnings").fetchone()
    return found or 0


def told_after(connection: sqlite3.Connection, number: int) -> list[SentNotification]:
    """The warnings after that number, the oldest first."""
    return [
        SentNotification(row, Notification(WarningKey(kind, subject, until), severity, title, text), at)
        for row, kind, subject, until, severity, title, text, at in connection.execute(_TOLD, (number,))
    ]
