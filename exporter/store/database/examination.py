"""Examines a database without changing it: the version of its tables, and SQLite's own check."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from exporter.errors import DatabaseError, reason
from exporter.store.database.connection import open_untouched
from exporter.store.database.migrations import columns, is_own, stored_version
from exporter.store.database.opening import inspect
from exporter.store.database.schema import VERSION

_STEPS = 20_000
"""SQLite's instructions between two glances at the clock."""


class Examination(msgspec.Struct, frozen=True):
    """`version`: of our tables, 0 if there are none, None if that cannot be read.

    `damage`: SQLite's first complaint, None without one. `is_whole`: whether the check had the time to reach the end.
    """

    version: int | None
    damage: str | None
    is_whole: bool


def examine(path: Path, seconds: float) -> Examination:
    """Examine the database for at most `seconds`. A newer version does not raise here.

    Raises DatabaseError for a file that cannot be read, ForeignDatabaseError for another program's.
    """
    try:
        with open_untouched(path) as connection:
            version = stored_version(connection)
            if version <= VERSION:
                inspect(connection, path)
            damage, is_whole = _check(connection, seconds)
            return Examination(version, damage, is_whole)
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return Examination(None, str(error), is_whole=False)
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error
    except OSError as error:
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error


def is_damage(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _check(connection: sqlite3.Connection, seconds: float) -> tuple[str | None, bool]:
    end = time.monotonic() + seconds
    connection.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS)
    try:
        found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return None, False
    finally:
        connection.set_progress_handler(None, 0)
    return (None if found == "ok" else found.splitlines()[-1]), True


@contextmanager
def view(path: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection inside one read transaction, which leaves no files next to the database.

    None without a database whose tables are of this version. Raises DatabaseError.
    """
    if not path.exists() or not path.stat().st_size:
        yield None
        return
    try:
        with open_untouched(path) as connection:
            connection.execute("BEGIN")
            yield connection if stored_version(connection) == VERSION else None
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error


def row_counts(path: Path) -> dict[str, int]:
    """The number of rows of each table of ours and the seed's, by name. Raises DatabaseError."""
    try:
        with open_untouched(path) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            names = [name for (name,) in found if is_own(connection) or name.startswith("tracker_")]
            tables = [name for name in names if columns(connection, name)]
            return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error
