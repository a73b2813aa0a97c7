"""Opens the database: checks whose file it is, creates, adopts or migrates it, or opens it read-only."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from exporter.errors import (
    DatabaseError,
    ForeignDatabaseError,
    OlderDatabaseError,
    OverwrittenError,
    ReplacedError,
    reason,
)
from exporter.store.database import damage_mark as mark
from exporter.store.database.connection import WITH_JOURNAL, connect, connect_read_only, has_opened, open_untouched
from exporter.store.database.migrations import columns, expected_columns, is_own, migrate, stored_version
from exporter.store.database.owner import Fit, file_id, fit_of_journal, real_path, set_aside_journal
from exporter.store.database.schema import APPLICATION_ID, VERSION

BULK_CACHE_KIB = 8_192
"""Of a database that is filled: with twice as much the first read takes as long, and 10 MB more."""


def open_to_read(path: Path) -> sqlite3.Connection | None:
    """Open the database as of its last commit, even if it is not writable; None if it does not exist yet.

    Raises ForeignDatabaseError, DatabaseError.
    """
    if not path.exists() or path.stat().st_size == 0:
        return None
    try:
        version = _read_version(path)
        if 0 < version < VERSION:
            raise OlderDatabaseError(
                f"{path} was written by an older claude-tracker: start or restart `claude-tracker run`"
            )
        return connect_read_only(path) if version else None
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error


def open_to_write(path: Path, announce: Callable[[str], None] = lambda _: None) -> sqlite3.Connection:
    """Open the database; create, adopt or migrate it as needed.

    Whose file it is is decided on a read-only connection: a rejected file is not touched.
    Raises ForeignDatabaseError, DatabaseError.
    """
    try:
        claim(path, announce)
        is_new = not path.exists() or path.stat().st_size == 0
        if is_new:
            _make_file(path)
        else:
            _read_version(path)
        _refuse_unwritable(path)
        connection = connect(path)
        _prepare(connection, path, is_new, announce)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot open the database {path}: {reason(error)}") from error
    return connection


def claim(path: Path, announce: Callable[[str], None]) -> None:
    """Set aside a journal that belongs to another file, and check the database then. The caller holds the ingest lock.

    Raises DatabaseError, OverwrittenError.
    """
    _refuse_second_name(path)
    try:
        file = file_id(path)
        fit = fit_of_journal(path)
        if fit is not Fit.OWN and has_opened(path):
            raise OverwrittenError(f"{path} was overwritten while it was open")
        if fit is Fit.DAMAGED:
            raise mark.found(path, file, WITH_JOURNAL)
        if fit is Fit.STRAY:
            aside = set_aside_journal(path)
            announce(f"{path} was put in the place of another database, whose journal was renamed to {aside.name}")
            if path.stat().st_size:
                _check_pages(path)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error


def _refuse_second_name(path: Path) -> None:
    """SQLite finds a journal by name: written under two names, a database is damaged."""
    if path.exists() and path.stat().st_nlink > 1:
        raise DatabaseError(f"{path} has a second name (a hard link): remove one of the two, or copy the file instead")


def _check_pages(path: Path) -> None:
    """Raises DatabaseError for a damaged file."""
    file = file_id(path)
    with open_untouched(path) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise mark.found(path, file, str(found))


def check(path: Path) -> None:
    """Check whether `open_to_write` can be expected to succeed; changes nothing.

    Raises ForeignDatabaseError, DatabaseError.
    """
    if path.is_dir():
        raise DatabaseError(f"{path} is a folder: choose a file with --database")
    if (record := real_path(path, "-owner")).is_dir():
        raise DatabaseError(f"{record} is a folder: remove it, or choose another file with --database")
    if not path.exists():
        return
    try:
        if path.stat().st_size and fit_of_journal(path) is Fit.OWN:
            _read_version(path)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error
    _refuse_second_name(path)
    _refuse_unwritable(path)


def is_writable(path: Path) -> bool:
    """Whether the database, or the folder for it, is writable."""
    if path.exists():
        return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    parent = next((folder for folder in path.parents if folder.exists()), path.parent)
    return os.access(parent, os.W_OK)


def _make_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _read_version(path: Path) -> int:
    """Call `inspect` without creating files next to the database.

    Raises ForeignDatabaseError, sqlite3.Error.
    """
    with open_untouched(path) as connection:
        return inspect(connection, path)


def _refuse_unwritable(path: Path) -> None:
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise DatabaseError(
            f"the database {path} is not writable: make it and its folder writable, or choose another with --database"
        )


def inspect(connection: sqlite3.Connection, path: Path) -> int:
    """The version of our tables in the file; 0 if there are none.

    Raises ForeignDatabaseError for another program's file, a newer version, or a table with the name of one of
    ours or the seed's but other columns; DatabaseError for tables of a version that is not supported.
    """
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    if application_id not in (0, APPLICATION_ID):
        raise ForeignDatabaseError(
            f"{path} belongs to another program (application id {application_id}): choose another file with --database"
        )
    version = stored_version(connection)
    if version > VERSION:
        raise ForeignDatabaseError(
            f"{path} was written by a newer claude-tracker (version {version}; this one supports {VERSION}):"
            " update claude-tracker"
        )
    if application_id == APPLICATION_ID and version == VERSION:
        return version
    for table, wanted in expected_columns(version).items():
        found = columns(connection, table)
        if found and found != wanted and version:
            raise DatabaseError(
                f"{path} was made by a development version of claude-tracker, before databases were kept compatible:"
                " move it away, or choose another file with --database"
            )
        if found and found != wanted:
            raise ForeignDatabaseError(
                f"{path} has a table {table} with other columns than ours: choose another file with --database"
            )
    return version


def open_bulk(path: Path) -> sqlite3.Connection:
    """Create a database for the first read: without journal and sync, because it is discarded unless it is completed.

    Raises DatabaseError.
    """
    try:
        path.unlink(missing_ok=True)
        _make_file(path)
        connection = connect(path)
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA cache_size = -{BULK_CACHE_KIB}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrate(connection, own=True)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot create the database {path}: {reason(error)}") from error
    return connection


def publish_bulk(connection: sqlite3.Connection, temporary: Path, path: Path) -> None:
    """Move the database made by `open_bulk` to `path`, atomically.

    Raises ReplacedError if another database was put there meanwhile, and leaves it alone.
    """
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    if path.exists() and path.stat().st_size:
        raise ReplacedError(f"another database was put at {path} during the first read: opening it")
    with open(temporary, "rb") as file:
        os.fsync(file.fileno())
    for left_over in ("-wal", "-shm", "-owner"):  # of a deleted database: SQLite would apply them to ours
        real_path(path, left_over).unlink(missing_ok=True)
    os.replace(temporary, path)


def _prepare(connection: sqlite3.Connection, path: Path, is_new: bool, announce: Callable[[str], None]) -> None:
    """Set up tables and journal mode. A shared file's PRAGMAs stay, except WAL, which concurrent readers need."""
    if is_new:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        if not is_new:
            announce(f"switching {path} from journal mode {mode} to WAL")
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    migrate(connection, own=is_new or is_own(connection))
