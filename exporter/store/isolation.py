"""Isolates what cannot be stored: a batch that fails is halved until only the parts remain that fail on their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from exporter.errors import DatabaseError, TrackerError

T = TypeVar("T")

_OF_DATA = frozenset(
    (
        sqlite3.SQLITE_ERROR,  # such as an integer overflow in a sum
        sqlite3.SQLITE_TOOBIG,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_RANGE,
    )
)
"""Primary result codes that the data can cause; all others are about the database: full, locked, damaged."""


def is_caused_by_data(error: BaseException | None) -> bool:
    """Whether other data could be stored in spite of this error."""
    if isinstance(error, DatabaseError) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        return code is None or code & 0xFF in _OF_DATA
    return isinstance(error, Exception) and not isinstance(error, TrackerError | OSError | MemoryError)


def isolate(
    units: Sequence[T], do: Callable[[Sequence[T]], object], split: Callable[[T], Sequence[T]] = lambda _: ()
) -> list[tuple[T, Exception]]:
    """Do something with all units, in order, together where possible. Returns those that fail alone, with the reason.

    `do`: may be called with the same unit several times. `split`: the parts of a unit, none if it has no parts.
    """
    try:
        do(units)
    except Exception as error:
        if not is_caused_by_data(error):
            raise
        if len(units) > 1:
            middle = len(units) // 2
            return isolate(units[:middle], do, split) + isolate(units[middle:], do, split)
        parts = split(units[0]) if units else ()
        if not parts:
            return [(unit, error) for unit in units]
        return isolate(parts, do, split)
    return []


@contextmanager
def savepoint(connection: sqlite3.Connection) -> Iterator[None]:
    """Undo the block alone if it fails, within a transaction."""
    connection.execute("SAVEPOINT tracker_part")
    try:
        yield
    except Exception as error:
        if is_caused_by_data(error):  # after other errors, there may be no transaction
            connection.execute("ROLLBACK TO tracker_part")
            connection.execute("RELEASE tracker_part")
        raise
    connection.execute("RELEASE tracker_part")
