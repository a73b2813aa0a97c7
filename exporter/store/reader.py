"""The reading side: one read-only connection, reopened when the database appears or is replaced."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exporter.domain.health import ReportedHealth
from exporter.errors import DatabaseError
from exporter.store.blocks.usage_spans import PastUsage
from exporter.store.database import damage_mark as mark
from exporter.store.database import meta
from exporter.store.database.opening import open_to_read
from exporter.store.database.owner import FileId, file_id
from exporter.store.health import read_health
from exporter.store.usage.day_turns import DayTurns
from exporter.store.usage.hourly import PastHours

View = sqlite3.Connection
"""A connection inside a read transaction: all its queries see the same commit."""


class Reader:
    """Provides consistent views of the database. Thread-safe; one view at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._file: FileId | None = None
        self.past = PastUsage()
        """Sums of this database, cached between views."""
        self.hours = PastHours()
        """The same, by hour."""
        self.turns = DayTurns()
        """The turns of the current day."""

    @contextmanager
    def view(self) -> Iterator[sqlite3.Connection | None]:
        """A connection inside one read transaction: all its queries see the same commit.

        None while there is no database. Raises DatabaseError.
        """
        with self._lock:
            connection = self._current()
            if connection is None:
                yield None
                return
            try:
                connection.execute("BEGIN")
                try:
                    yield connection
                finally:
                    if connection.in_transaction:  # an error may have ended it already
                        connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                mark.note(self.path, self._file, error)
                self._drop()
                raise DatabaseError(f"cannot read the database {self.path}: {error}") from error

    def first_read_at(self) -> int | None:
        """When the first complete read ended, ms; None before that. Raises DatabaseError."""
        with self.view() as connection:
            return meta.first_read_at(connection) if connection is not None else None

    def committed_at(self) -> int | None:
        """When the last commit was made, ms; None before the first. Raises DatabaseError."""
        with self.view() as connection:
            return meta.committed_at(connection) if connection is not None else None

    def read_health(self) -> ReportedHealth | None:
        """The last health report of a tracker. Raises DatabaseError."""
        with self.view() as connection:
            return read_health(connection) if connection is not None else None

    def version(self) -> tuple[object, ...] | None:
        """A value that changes with each commit of another connection, at almost no cost; None without a database.

        Raises DatabaseError.
        """
        with self._lock:
            connection = self._current()
            if connection is None:
                return None
            try:
                return self._file, connection.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error as error:
                self._drop()
                raise DatabaseError(f"cannot read the database {self.path}: {error}") from error

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _current(self) -> sqlite3.Connection | None:
        """The connection, reopened if the file at the path was replaced."""
        try:
            found = file_id(self.path)
        except OSError as error:
            raise DatabaseError(f"cannot read the database {self.path}: {error.strerror}") from error
        if found is None or self._file != found:
            self._drop()
        if found is not None and self._connection is None:
            self._connection = open_to_read(self.path)
            self._file = found if self._connection else None
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._file = None
        self.past, self.hours, self.turns = PastUsage(), PastHours(), DayTurns()
