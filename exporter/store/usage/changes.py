"""From when on each of the last commits changed prompts, tool calls and responses: what a cache has to read again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from exporter.domain.blocks.block import END_OF_TIME, START_OF_TIME
from exporter.store.database import meta

KEPT = 10_000
"""So many commits are remembered."""
_NOTE = """
INSERT INTO tracker_recent_changes (number, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = min(at, excluded.at)
"""


def note(connection: sqlite3.Connection, times: Iterable[int]) -> None:
    """Note the times (ms) of what the commit in the caller's transaction changes."""
    at = min(times, default=None)
    if at is not None:
        number = meta.sequence(connection) + 1
        connection.execute(_NOTE, (number, at))
        connection.execute("DELETE FROM tracker_recent_changes WHERE number <= ?", (number - KEPT,))


def note_all(connection: sqlite3.Connection) -> None:
    """Note that anything may have changed."""
    note(connection, [START_OF_TIME])


def first_since(connection: sqlite3.Connection, number: int) -> int:
    """The earliest time (ms) that changed after a commit; `END_OF_TIME` if nothing did, else before everything if it is
    not known.
    """
    now = meta.sequence(connection)
    if not now - KEPT < number <= now:
        return START_OF_TIME
    query = "SELECT min(at) FROM tracker_recent_changes WHERE number > ?"
    (at,) = connection.execute(query, (number,)).fetchone()
    return END_OF_TIME if at is None else int(at)
