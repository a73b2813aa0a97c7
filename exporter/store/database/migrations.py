"""The versions of our tables: which one a file has, its columns, and how to get to the latest."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path

from exporter.domain.accounts import Owner, account_hash, owner_of
from exporter.errors import DamagedError
from exporter.files import read_file
from exporter.store.database.schema import APPLICATION_ID, MIGRATIONS, VERSION
from exporter.store.database.seed import SEED_TABLES

LATEST_TABLES = Path(__file__).with_name("latest_tables.sql")
"""What all migrations together make of an empty database: ALTER reads the whole schema each time it is used."""


def is_own(connection: sqlite3.Connection) -> bool:
    """Whether the file is ours alone, not a shared one."""
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def stored_version(connection: sqlite3.Connection) -> int:
    """The version from `tracker_meta`; in our own file also from its header, which a newer version may use alone.

    Raises DamagedError.
    """
    header = connection.execute("PRAGMA user_version").fetchone()[0] if is_own(connection) else 0
    if columns(connection, "tracker_meta") != ["key", "value"]:
        return int(header)
    row = connection.execute("SELECT value FROM tracker_meta WHERE key = 'version'").fetchone()
    try:
        return max(int(header), int(row[0]) if row else 0)
    except (ValueError, TypeError) as error:
        raise DamagedError("the version of its tables cannot be read: run `claude-tracker repair`") from error


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether the file has no tables at all."""
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """The column names of a table; empty if the table does not exist."""
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


@cache
def expected_columns(version: int) -> dict[str, list[str]]:
    """The columns of our tables at a version (0: the latest version), and of the seed's tables."""
    model = sqlite3.connect(":memory:")
    _add_functions(model)
    model.executescript(SEED_TABLES + "".join(MIGRATIONS[: version or VERSION]))
    names = [row[0] for row in model.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    expected = {name: columns(model, name) for name in names}
    model.close()
    return expected


def migrate(connection: sqlite3.Connection, *, own: bool) -> None:
    """Migrate the tables to `VERSION`, in one transaction. A shared file's user_version is not ours to set."""
    version = stored_version(connection)
    if version >= VERSION:
        return
    if own and is_empty(connection):
        script = read_file(LATEST_TABLES, 1 << 20).decode()
    else:
        _add_functions(connection)
        script = "".join((*(() if version else (SEED_TABLES,)), *MIGRATIONS[version:]))
    mark = f"PRAGMA user_version = {VERSION};" if own else ""
    connection.executescript(
        f"BEGIN IMMEDIATE; {script} {mark}"
        f"INSERT INTO tracker_meta VALUES ('version', '{VERSION}')"
        " ON CONFLICT DO UPDATE SET value = excluded.value; COMMIT;"
    )


def _add_functions(connection: sqlite3.Connection) -> None:
    """Add `id_hash(id)` and `owner_hash(organization, account)`, as `exporter.domain.accounts` defines them."""
    connection.create_function("id_hash", 1, lambda value: owner_of(value, None).organization, deterministic=True)
    connection.create_function("owner_hash", 2, lambda *hashes: account_hash(Owner(*hashes)), deterministic=True)
