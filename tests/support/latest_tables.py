"""The tables of a new database as one script: what all migrations together make of an empty one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from exporter.store.database import schema
from exporter.store.database.migrations import migrate

FILE = Path(schema.__file__).with_name("latest_tables.sql")
HEAD = """\
-- The tables of a new database. Made by tests/support/latest_tables.py of the migrations, which say what each column
-- is for: a new database takes a sixth of the time this way.
"""
OWN_VALUES = {("tracker_meta", "tracker"): "lower(hex(randomblob(8)))", ("tracker_meta", "version"): None}
"""By table and key: what each database has of its own. None: written after the tables."""


def latest_tables() -> str:
    with closing(sqlite3.connect(":memory:")) as connection:
        migrate(connection, own=False)
        made = connection.execute("SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        rows = [(name, kind, sql) for name, kind, sql in made if not name.startswith("sqlite_")]
        tables = [name for name, kind, _ in rows if kind == "table"]
        inserts = [insert for table in tables for insert in _inserts(connection, table)]
    return HEAD + "".join(f"{one};\n" for one in (*(sql for *_, sql in rows), *inserts))


def _inserts(connection: sqlite3.Connection, table: str) -> list[str]:
    found = []
    for row in connection.execute(f"SELECT * FROM {table}"):
        value = OWN_VALUES.get((table, row[0]), "")
        if value is None:
            continue
        values = ", ".join("NULL" if one is None else repr(one) for one in row) if not value else f"'{row[0]}', {value}"
        found.append(f"INSERT INTO {table} VALUES ({values})")
    return found
