"""Copies of a database, made before it is migrated and put back to use an older version again."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from exporter.errors import DatabaseError, reason
from exporter.store.database.connection import connect, open_untouched
from exporter.store.database.opening import inspect, open_to_write
from exporter.store.database.owner import real_path
from exporter.store.database.schema import VERSION


def needs_migration(path: Path) -> bool:
    """Whether opening the database to write changes its tables for good. Leaves it alone.

    Raises ForeignDatabaseError, also if a newer version wrote it; DatabaseError.
    """
    if not path.exists() or not path.stat().st_size:
        return False
    try:
        with open_untouched(path) as connection:
            return 0 < inspect(connection, path) < VERSION
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error


def copy(path: Path, suffix: str) -> Path:
    """Copy a database, with all commits, to a new file next to it: its name with `suffix`, or another that is free.

    The caller holds the ingest lock. Raises DatabaseError.
    """
    target = free_name(path, suffix)
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(connect(path)) as connection, closing(sqlite3.connect(target)) as copied:
            connection.backup(copied)
    except (sqlite3.Error, OSError) as error:
        target.unlink(missing_ok=True)
        raise DatabaseError(f"cannot copy {path} to {target}: {reason(error)}") from error
    return target


def copy_of_other(path: Path, target: Path) -> int:
    """Copy a database of any version, with all commits, without touching it. Returns the version of its tables.

    0: they are not ours. Raises ForeignDatabaseError, also if a newer version wrote it; DatabaseError.
    """
    try:
        with open_untouched(path) as connection:
            version = inspect(connection, path)
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            with closing(sqlite3.connect(target)) as copied:
                connection.backup(copied)
                found = copied.execute("PRAGMA integrity_check(1)").fetchone()[0]
                copied.execute("PRAGMA journal_mode = DELETE")
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error
    if found != "ok":
        raise DatabaseError(f"the database {path} is damaged ({found.splitlines()[-1]})")
    return version


def end_journal(path: Path) -> None:
    """Leave a database that nobody has open in one file. Raises DatabaseError."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise DatabaseError(f"cannot write the database {path}: {reason(error)}") from error


def migrate(path: Path, announce: Callable[[str], None]) -> None:
    """Migrate a database to this version. The caller holds the ingest lock. Raises DatabaseError."""
    open_to_write(path, announce).close()


def put_back(copied: Path, path: Path) -> None:
    """Move a copy to the place of its database, which is lost. The caller holds the ingest lock.

    Raises DatabaseError.
    """
    try:
        for left_over in ("-wal", "-shm", "-owner"):  # of the one it replaces: SQLite would apply them to the copy
            real_path(path, left_over).unlink(missing_ok=True)
        os.replace(copied, real_path(path))
    except OSError as error:
        raise DatabaseError(f"cannot move {copied} to {path}: {reason(error)}") from error


def free_name(path: Path, suffix: str) -> Path:
    """A name next to the database, with the suffix, that nothing has yet."""
    names = (real_path(path, f".{suffix}{number}") for number in ("", *(f".{n}" for n in range(2, 1_000))))
    return next(name for name in names if not name.exists())
