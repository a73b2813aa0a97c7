"""Single values: the count of commits, whether a complete read has been, which prices were used."""

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


def advance(connection: sqlite3.Connection) -> int:
    """Count this commit. The new sequence."""
    number = sequence(connection) + 1
    put(connection, "sequence", str(number))
    return number


def first_read_at(connection: sqlite3.Connection) -> int | None:
    """When the first complete read of the transcripts ended, ms; None while there was none."""
    value = get(connection, "first_read_at")
    return int(value) if value else None
