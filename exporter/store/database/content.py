"""What distinguishes the states of a database: to recognize other content in its file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import msgspec

from exporter.store.database import meta


class Content(msgspec.Struct, frozen=True):
    """What distinguishes states of a database: `schema` is SQLite's schema version, `sequence` counts commits."""

    schema: int
    first_read_at: int | None
    sequence: int

    def without_commits(self) -> Content:
        """A content that any state of this database may follow."""
        return msgspec.structs.replace(self, first_read_at=None, sequence=0)

    def may_follow(self, earlier: Content) -> bool:
        """Whether this can be a later state of the same database."""
        return (
            self.schema >= earlier.schema
            and earlier.first_read_at in (None, self.first_read_at)
            and self.sequence >= earlier.sequence
        )


def content_of(path: Path) -> Content:
    """The content of the file itself, without what its journal adds. Raises sqlite3.Error."""
    with closing(open_without_journal(path)) as connection:
        return read(connection)


def open_without_journal(path: Path) -> sqlite3.Connection:
    """SQLite opens the file, and not Python, so that no lock of this process gets lost."""
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)


def read(connection: sqlite3.Connection) -> Content:
    """What the connection sees, with the journal."""
    schema = connection.execute("PRAGMA schema_version").fetchone()[0]
    return Content(schema, meta.first_read_at(connection), meta.sequence(connection))
