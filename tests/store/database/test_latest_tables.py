"""A new database is made of one script, and is what the migrations make."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from exporter.store.database.migrations import migrate
from exporter.store.database.opening import open_bulk
from exporter.store.database.schema import VERSION
from support import golden
from support.latest_tables import FILE, latest_tables

Schema = dict[str, tuple[str, list[tuple[object, ...]]]]


def schema_of(connection: sqlite3.Connection) -> Schema:
    """By name: the kind of table or index, and its columns with their types, defaults and keys."""
    found = connection.execute("SELECT name, type FROM sqlite_master").fetchall()
    facts = {"table": "table_xinfo", "index": "index_xinfo"}
    return {name: (kind, connection.execute(f"PRAGMA {facts[kind]}({name})").fetchall()) for name, kind in found}


def test_the_script_is_what_the_migrations_make() -> None:
    """`CLAUDE_TRACKER_UPDATE_GOLDEN=1` makes it again."""
    golden.compare(FILE, latest_tables())


def test_a_new_database_equals_a_migrated_one(tmp_path: Path) -> None:
    with closing(open_bulk(tmp_path / "new.db")) as new, closing(sqlite3.connect(":memory:")) as migrated:
        migrate(migrated, own=False)  # a shared file is migrated step by step
        assert schema_of(migrated) == schema_of(new)
        for table in (name for name, (kind, _) in schema_of(new).items() if kind == "table"):
            query = f"SELECT * FROM {table}{' WHERE key <> ' + repr('tracker') if table == 'tracker_meta' else ''}"
            assert migrated.execute(query).fetchall() == new.execute(query).fetchall(), table
        assert (VERSION,) == new.execute("PRAGMA user_version").fetchone()


def test_each_database_has_an_id_of_its_own(tmp_path: Path) -> None:
    ids = set()
    for name in ("a.db", "b.db"):
        with closing(open_bulk(tmp_path / name)) as connection:
            (one,) = connection.execute("SELECT value FROM tracker_meta WHERE key = 'tracker'").fetchone()
            ids.add(one)
    assert [16, 16] == [len(one) for one in ids]


def test_a_shared_file_keeps_its_own_tables(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shared.db")) as connection:
        connection.execute("CREATE TABLE notes (text TEXT)")
        migrate(connection, own=True)
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (0,)
        assert connection.execute("SELECT label FROM tracker_accounts").fetchall() == [("unknown",)]
