"""The warnings that were told."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

from exporter.domain.totals import LabelSet
from exporter.domain.warning import Notice, Told, Warned
from exporter.store import totals

_ADD = "INSERT INTO tracker_warnings (kind, subject, until, at, severity, title, text) VALUES (?, ?, ?, ?, ?, ?, ?)"
_TOLD = "SELECT id, kind, subject, until, severity, title, text, at FROM tracker_warnings WHERE id > ? ORDER BY id"


def warned(connection: sqlite3.Connection, since: int) -> list[Warned]:
    """What was told of windows, blocks and waits that end or began since (ms)."""
    rows = connection.execute("SELECT kind, subject, until FROM tracker_warnings WHERE until >= ?", (since,))
    return [Warned(*row) for row in rows]


def keep(connection: sqlite3.Connection, notices: Sequence[Notice], now: int, met_at: int) -> None:
    """Note and count what is told now."""
    counts: Counter[LabelSet] = Counter()
    for one in notices:
        of = one.warned
        connection.execute(_ADD, (of.kind, of.subject, of.until, now, one.severity, one.title, one.text))
        counts["notifications", (of.kind,)] += 1
    totals.add(connection, counts, met_at)


def last(connection: sqlite3.Connection) -> int:
    """The number of the last warning, 0 before the first."""
    (found,) = connection.execute("SELECT max(id) FROM tracker_warnings").fetchone()
    return found or 0


def told_after(connection: sqlite3.Connection, number: int) -> list[Told]:
    """The warnings after that number, the oldest first."""
    return [
        Told(row, Notice(Warned(kind, subject, until), severity, title, text), at)
        for row, kind, subject, until, severity, title, text, at in connection.execute(_TOLD, (number,))
    ]
