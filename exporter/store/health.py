"""The health that a tracker reports to servers in other processes: one row, written over a separate connection.

So it is also reported while the tracker is busy or fails.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from exporter.domain.health import ReportedHealth
from exporter.errors import DatabaseError
from exporter.store.database import damage_mark as mark
from exporter.store.database import json_values, meta
from exporter.store.database.connection import connect

KEY = "health"


def write_health(path: Path, report: ReportedHealth) -> None:
    """Replace the last report, if there is a database. This changes no figure, so it does not count as a commit.

    Raises DatabaseError.
    """
    if not path.exists() or path.stat().st_size == 0:
        return
    mark.refuse(path)
    try:
        with closing(connect(path)) as connection:
            if meta.first_read_at(connection) is not None:
                json_values.put(connection, KEY, report)
    except sqlite3.Error as error:
        raise DatabaseError(f"cannot save the tracker's health: {error}") from error


def read_health(connection: sqlite3.Connection) -> ReportedHealth | None:
    """The last report of a tracker; None if there is none, or it was stored by an incompatible version."""
    return json_values.get(connection, KEY, ReportedHealth)
