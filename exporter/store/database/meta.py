"""Single values: the count of commits, the time of the last, and whether a complete read has been."""

from __future__ import annotations

import sqlite3


def get(connection: sqlite3.Connection, key: str) -> str | None:
    row = connection.execute("SELECT value FROM tracker_meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def put(connection: sqlite3.Connection, key: str, value: str) -> None:
    connection.execute(
        "INSERT INTO tracker_meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (key, value),
    )


def sequence(connection: sqlite3.Connection) -> int:
    """How many commits of usage the database has seen."""
    return int(get(connection, "sequence") or 0)


def advance(connection: sqlite3.Connection, now: int) -> None:
    """Count this commit, and keep its time (ms)."""
    put(connection, "sequence", str(sequence(connection) + 1))
    put(connection, "committed_at", str(now))


def committed_at(connection: sqlite3.Connection) -> int | None:
    """The time of the last commit, ms."""
    value = get(connection, "committed_at")
    return int(value) if value else None


def first_read_at(connection: sqlite3.Connection) -> int | None:
    """When the first complete read of the transcripts ended, ms; None while there was none."""
    value = get(connection, "first_read_at")
    return int(value) if value else None


def note_past_changed(connection: sqlite3.Connection) -> None:
    """Something before the last block changed, so that what was summed of it is to be summed anew."""
    put(connection, "past", str(int(past(connection)) + 1))


def past(connection: sqlite3.Connection) -> str:
    """Changes with the past."""
    return get(connection, "past") or "0"
