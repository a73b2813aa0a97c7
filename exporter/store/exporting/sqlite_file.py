"""An export as an SQLite file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from exporter.errors import DatabaseError, reason
from exporter.store.exporting.columns import Column
from exporter.store.exporting.reading import Row

APPLICATION_ID = 0x436C5478
"""'ClTx' in the file's header."""


class SqliteFile:
    """A new SQLite file with a table for each exported one, and `export` with what it is."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def write(self, name: str, columns: Iterable[Column], rows: Iterable[Row]) -> None:
        """Write a table. Raises sqlite3.Error."""
        named = list(columns)
        declared = ", ".join(f'"{column.name}" {column.type}' for column in named)
        self._connection.execute(f'CREATE TABLE "{name}" ({declared})')
        self._connection.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(named))})', rows)

    def write_facts(self, facts: Mapping[str, str]) -> None:
        """Write what the export is."""
        self._connection.execute("CREATE TABLE export (key TEXT PRIMARY KEY, value TEXT)")
        self._connection.executemany("INSERT INTO export VALUES (?, ?)", facts.items())


@contextmanager
def new_file(path: Path) -> Iterator[SqliteFile]:
    """A new file at `path`, which is whole when the block succeeds. Raises DatabaseError."""
    try:
        path.unlink(missing_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("BEGIN")
            yield SqliteFile(connection)
            connection.execute("COMMIT")
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot write {path}: {reason(error)}") from error
