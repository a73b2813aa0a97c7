"""Values that are written beside whoever writes figures: each by a connection of its own, in one short transaction."""

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
def writing(path: Path, what: str) -> Iterator[sqlite3.Connection]:
    """A connection in a transaction, which is committed where the block ends well. `what`: for the error, in words.

    Raises DatabaseError.
    """
    try:
        with closing(connect(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise DatabaseError(f"{what} cannot be kept in {path}: {error}") from error


def put(connection: sqlite3.Connection, key: str, value: object) -> None:
    """Keep a value as JSON."""
    meta.put(connection, key, msgspec.json.encode(value).decode())


def get(connection: sqlite3.Connection, key: str, form: type[T]) -> T | None:
    """What was kept; None where nothing was, or in a form of another version."""
    value = meta.get(connection, key)
    try:
        return msgspec.json.decode(value, type=form) if value else None
    except msgspec.DecodeError:
        return None
