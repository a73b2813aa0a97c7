"""Opening the database: whose file it is, making, adopting, migrating it, and opening it to read only."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path

from exporter.errors import DatabaseError, ForeignDatabaseError
from exporter.store.database.connection import connect, readable, untouched
from exporter.store.database.schema import APPLICATION_ID, MIGRATIONS, VERSION
from exporter.store.database.seed import SEED_TABLES


def open_to_read(path: Path) -> sqlite3.Connection | None:
    """The database as of its last commit, also where it cannot be written; None where there is none yet.

    Raises ForeignDatabaseError, DatabaseError.
    """
    if not path.exists() or path.stat().st_size == 0:
        return None
    try:
        return readable(path) if _version_untouched(path) else None
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot read the database {path}: {error}") from error


def open_to_write(path: Path, announce: Callable[[str], None] = lambda _: None) -> sqlite3.Connection:
    """The database, made, adopted or migrated as needed.

    Whose file it is, is decided on a read-only connection: one that is refused is not touched.
    Raises ForeignDatabaseError, DatabaseError.
    """
    try:
        fresh = not path.exists() or path.stat().st_size == 0
        if fresh:
            _make_file(path)
        else:
            _version_untouched(path)
        _refuse_unwritable(path)
        connection = connect(path)
        _prepare(connection, path, fresh, announce)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot open the database {path}: {error}") from error
    return connection


def check(path: Path) -> None:
    """Whether `open_to_write` can be expected to succeed; touches nothing.

    Raises ForeignDatabaseError, DatabaseError.
    """
    if path.is_dir():
        raise DatabaseError(f"{path} is a folder: name a file with --database")
    if not path.exists():
        return
    try:
        if path.stat().st_size:
            _version_untouched(path)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot read the database {path}: {error}") from error
    _refuse_unwritable(path)


def is_writable(path: Path) -> bool:
    """Whether the database, or its folder where there is none yet, takes writes."""
    if path.exists():
        return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    parent = next((folder for folder in path.parents if folder.exists()), path.parent)
    return os.access(parent, os.W_OK)


def _make_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _version_untouched(path: Path) -> int:
    """`inspect`, leaving nothing beside the file.

    Raises ForeignDatabaseError, sqlite3.Error.
    """
    with untouched(path) as connection:
        return inspect(connection, path)


def _refuse_unwritable(path: Path) -> None:
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise DatabaseError(
            f"the database {path} cannot be written: make it and its folder writable, or name another with --database"
        )


def inspect(connection: sqlite3.Connection, path: Path) -> int:
    """The version of our tables in the file, 0 where there are none.

    Raises ForeignDatabaseError for another program's file, a newer version, or a table of our or the
    seed's name with other columns.
    """
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    if application_id not in (0, APPLICATION_ID):
        raise ForeignDatabaseError(
            f"{path} belongs to another program (application id {application_id}): name another file with --database"
        )
    version = _version(connection)
    if version > VERSION:
        raise ForeignDatabaseError(
            f"{path} was written by a newer claude-tracker (version {version}, this one knows {VERSION}): update it"
        )
    for table, wanted in _expected_columns(version).items():
        found = columns(connection, table)
        if found and found != wanted:
            raise ForeignDatabaseError(
                f"{path} has a table {table} with other columns than ours: name another file with --database"
            )
    return version


def _version(connection: sqlite3.Connection) -> int:
    """From `tracker_meta`; in a file of our own also from its header, which a newer version may rely on alone."""
    header = connection.execute("PRAGMA user_version").fetchone()[0] if _is_own(connection) else 0
    if columns(connection, "tracker_meta") != ["key", "value"]:
        return int(header)
    row = connection.execute("SELECT value FROM tracker_meta WHERE key = 'version'").fetchone()
    return max(int(header), int(row[0]) if row else 0)


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """The column names of a table, none where there is no such table."""
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


@cache
def _expected_columns(version: int) -> dict[str, list[str]]:
    """The columns of every table of ours at a version (of all, for a file that has none), and of the seed's."""
    model = sqlite3.connect(":memory:")
    model.executescript(SEED_TABLES + "".join(MIGRATIONS[: version or VERSION]))
    names = [row[0] for row in model.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    expected = {name: columns(model, name) for name in names}
    model.close()
    return expected


def open_bulk(path: Path) -> sqlite3.Connection:
    """A new database for the first read: no journal and no sync, since it is thrown away unless it gets whole.

    Raises DatabaseError.
    """
    try:
        path.unlink(missing_ok=True)
        _make_file(path)
        connection = connect(path)
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrate(connection, own=True)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot make the database {path}: {error}") from error
    return connection


def publish_bulk(connection: sqlite3.Connection, made: Path, path: Path) -> None:
    """Turn what `open_bulk` made into the database at `path`, all at once."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    with open(made, "rb") as file:
        os.fsync(file.fileno())
    for left_over in ("-wal", "-shm"):  # of a database that was deleted: SQLite would play them into ours
        path.with_name(path.name + left_over).unlink(missing_ok=True)
    os.replace(made, path)


def _prepare(connection: sqlite3.Connection, path: Path, fresh: bool, announce: Callable[[str], None]) -> None:
    """Tables and journal mode. Another program's PRAGMAs stay, but for WAL, which readers beside us need."""
    if fresh:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        if not fresh:
            announce(f"switching {path} from journal mode {mode} to WAL")
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    migrate(connection, own=fresh or _is_own(connection))


def _is_own(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def migrate(connection: sqlite3.Connection, *, own: bool) -> None:
    """Bring the tables to `VERSION`, each step in one transaction. A shared file's user_version is not ours."""
    version = _version(connection)
    for number in range(version + 1, VERSION + 1):
        script = (SEED_TABLES if number == 1 else "") + MIGRATIONS[number - 1]
        mark = f"PRAGMA user_version = {number};" if own else ""
        connection.executescript(
            f"BEGIN IMMEDIATE; {script} {mark}"
            f"INSERT INTO tracker_meta VALUES ('version', '{number}')"
            " ON CONFLICT DO UPDATE SET value = excluded.value; COMMIT;"
        )
