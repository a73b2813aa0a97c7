"""Single values: the number of commits, the time of the last one, and the time of the first complete read."""

from __future__ import annotations

import sqlite3

import msgspec

from exporter.domain.reading import FirstRead

READS_AGAIN = "reads_again"
"""The key of the time (ms) of an earlier version's last commit, until all it read has been read again."""


def get(connection: sqlite3.Connection, key: str) -> str | None:
    row = connection.execute("SELECT value FROM tracker_meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def put(connection: sqlite3.Connection, key: str, value: str) -> None:
    connection.execute(
        "INSERT INTO tracker_meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (key, value),
    )


def delete(connection: sqlite3.Connection, key: str) -> None:
    connection.execute("DELETE FROM tracker_meta WHERE key = ?", (key,))


def tracker_id(connection: sqlite3.Connection) -> str:
    """The random id of this database."""
    return get(connection, "tracker") or ""


def renew_tracker_id(connection: sqlite3.Connection) -> str:
    """Replace the id."""
    connection.execute("UPDATE tracker_meta SET value = lower(hex(randomblob(8))) WHERE key = 'tracker'")
    return tracker_id(connection)


def sequence(connection: sqlite3.Connection) -> int:
    """The number of usage commits so far."""
    return int(get(connection, "sequence") or 0)


def count_commit(connection: sqlite3.Connection, now: int) -> None:
    """Count this commit, and save its time (ms)."""
    put(connection, "sequence", str(sequence(connection) + 1))
    put(connection, "committed_at", str(now))


def committed_at(connection: sqlite3.Connection) -> int | None:
    """The time of the last commit, ms."""
    value = get(connection, "committed_at")
    return int(value) if value else None


def first_read_at(connection: sqlite3.Connection) -> int | None:
    """When the first complete read of the transcripts ended, ms; None before that."""
    value = get(connection, "first_read_at")
    return int(value) if value else None


def put_reading(connection: sqlite3.Connection, progress: FirstRead) -> None:
    """Save how far the first read is."""
    put(connection, "reading", msgspec.json.encode(progress).decode())


def reading(connection: sqlite3.Connection) -> FirstRead | None:
    """How far the first read is, in an early database (`exporter.store.early`); None in any other."""
    text = get(connection, "reading")
    return msgspec.json.decode(text, type=FirstRead) if text is not None else None


def mark_past_changed(connection: sqlite3.Connection) -> None:
    """Invalidate cached sums, because something before the last block changed."""
    put(connection, "past", str(int(past_version(connection)) + 1))


def past_version(connection: sqlite3.Connection) -> str:
    """Changes whenever something before the last block changes."""
    return get(connection, "past") or "0"
