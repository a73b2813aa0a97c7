"""Moves what is running when the clock is set, so that it started as long ago as before."""

from __future__ import annotations

import sqlite3

_WAITS = """
UPDATE tracker_warnings SET until = until + ?1 WHERE kind = 'session_waiting' AND EXISTS (
    SELECT 1 FROM tracker_runs r WHERE r.ended_at IS NULL AND r.session_id = subject AND r.state_since = until)
"""
_RUNS = """
UPDATE tracker_runs SET started_at = started_at + ?1, seen_at = seen_at + ?1, state_since = state_since + ?1
WHERE ended_at IS NULL
"""


def move_running(connection: sqlite3.Connection, by: int) -> list[str]:
    """Move the open runs, and the warnings that their waits are known by, by so many ms. Returns their sessions."""
    connection.execute(_WAITS, (by,))
    connection.execute(_RUNS, (by,))
    return [row[0] for row in connection.execute("SELECT session_id FROM tracker_runs WHERE ended_at IS NULL")]
