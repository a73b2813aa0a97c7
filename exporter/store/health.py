"""How a tracker says it is, for servers of their own: one row, which a connection of its own writes.

While the tracker is busy, or fails, it has to be told all the same.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from exporter.domain.health import ReportedHealth
from exporter.errors import DatabaseError
from exporter.store.database import json_values, meta
from exporter.store.database.connection import connect

KEY = "health"


def write_health(path: Path, told: ReportedHealth) -> None:
    """Put it in the place of what was told before, where there is a database. No figure changes: it is no counted
    commit. Raises DatabaseError.
    """
    if not path.exists() or path.stat().st_size == 0:
        return
    try:
        with closing(connect(path)) as connection:
            if meta.first_read_at(connection) is not None:
                json_values.put(connection, KEY, told)
    except sqlite3.Error as error:
        raise DatabaseError(f"how the tracker is cannot be told: {error}") from error


def read_health(connection: sqlite3.Connection) -> ReportedHealth | None:
    """What a tracker told last; None where none did, or in a form of another version."""
    return json_values.get(connection, KEY, ReportedHealth)
