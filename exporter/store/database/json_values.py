"""Values stored as JSON, written concurrently with the tracker: each over its own connection, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from exporter.errors import DatabaseError
from exporter.store.database import meta
from exporter.store.database.connection import connect

T = TypeVar("T")


@contextmanager
def write_transaction(path: Path, what: str) -> Iterator[sqlite3.Connection]:
    """A connection in a transaction, which is committed if the block succeeds. `what`: named in the error message.

    Raises DatabaseError.
    """
    try:
        with closing(connect(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise DatabaseError(f"cannot save {what} in {path}: {error}") from error


def put(connection: sqlite3.Connection, key: str, value: object) -> None:
    """Save a value as JSON."""
    meta.put(connection, key, msgspec.json.encode(value).decode())


def get(connection: sqlite3.Connection, key: str, form: type[T]) -> T | None:
    """Load a value; None if there is none, or it was stored by an incompatible version."""
    value = meta.get(connection, key)
    try:
        return msgspec.json.decode(value, type=form) if value else None
    except msgspec.DecodeError:
        return None
