"""The files that can be imported: exports as SQLite files, and databases of an earlier tracker."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, NamedTuple

from exporter.errors import DatabaseError, reason
from exporter.store.database.connection import open_untouched
from exporter.store.database.migrations import columns, stored_version
from exporter.store.exporting.sqlite_file import APPLICATION_ID
from exporter.store.sessions.imported import COLUMNS, SessionValues

FileKind = Literal["export", "tracker", "earlier", "other"]


class Earlier(NamedTuple):
    """What a database of an earlier tracker holds. `blocks`: how many five-hour blocks."""

    sessions: list[SessionValues]
    blocks: int


def kind_of(path: Path) -> FileKind:
    """What an SQLite file is. Raises DatabaseError."""
    try:
        with open_untouched(path) as connection:
            if connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
                return "export"
            if stored_version(connection):
                return "tracker"
            return "earlier" if columns(connection, "real_sessions") else "other"
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error


def read_earlier(path: Path) -> Earlier:
    """The sessions of an earlier tracker's database; columns that it does not have are None. Raises DatabaseError."""
    try:
        with open_untouched(path) as connection:
            known = columns(connection, "real_sessions")
            selected = ", ".join(f'"{name}"' if name in known else "NULL" for name in COLUMNS)
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            rows = connection.execute(f"SELECT {selected} FROM real_sessions ORDER BY rowid").fetchall()
            blocks = 0
            if columns(connection, "five_hour_blocks"):
                (blocks,) = connection.execute("SELECT count(*) FROM five_hour_blocks").fetchone()
            return Earlier([SessionValues(*row) for row in rows], blocks)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error


class ExportFile:
    """An export as an SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def facts(self) -> dict[str, str]:
        """What the export is. Raises DatabaseError."""
        return {str(row["key"]): str(row["value"]) for row in self.rows("export")}

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """The rows of a table as objects; none if it is not there. Raises DatabaseError."""
        try:
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                names = columns(connection, table)
                if names:
                    for row in connection.execute(f'SELECT * FROM "{table}"'):
                        yield dict(zip(names, row, strict=True))
        except sqlite3.Error as error:
            raise DatabaseError(f"cannot read {self._path}: {reason(error)}") from error
