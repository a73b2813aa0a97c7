"""The API answers that status lines showed: an idle session shows its last one again and again.

A reading is as old as its answer. An answer is known by what was shown: the running sums of the API time and the cost,
and the window's share and reset.
"""

from __future__ import annotations

import hashlib
import sqlite3

from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.reading import ReportedReading
from exporter.store.limits import raises

KEPT_MS = 8 * DAY
"""Longer than the longest window."""


def said_at(connection: sqlite3.Connection, report: ReportedReading) -> tuple[int, str]:
    """When the service gave a reading (ms), and who reported it: a session's hash, else the source."""
    reading, session = report.reading, report.origin.session
    if report.answer is None:
        return reading.observed_at, reading.source
    voice = hashlib.sha256((session or "").encode("utf-8", "replace")).hexdigest()[:16]
    at, answer = reading.observed_at, report.answer
    row = connection.execute(
        "SELECT first_at, last_at FROM tracker_shown_answers WHERE answer = ?", (answer,)
    ).fetchone()
    if row is None:
        connection.execute("INSERT INTO tracker_shown_answers VALUES (?, ?, ?)", (answer, at, at))
        return at, voice
    first_at, last_at = row
    if at - last_at > DAY:  # seldom, so that an idle session causes no writes
        connection.execute("UPDATE tracker_shown_answers SET last_at = ? WHERE answer = ?", (at, answer))
    return min(first_at, at), voice


def forget(connection: sqlite3.Connection, now: int) -> None:
    """Delete the answers that no session shows any more."""
    connection.execute("DELETE FROM tracker_shown_answers WHERE last_at < ?", (now - KEPT_MS,))
    raises.forget_levels(connection, now - KEPT_MS)
