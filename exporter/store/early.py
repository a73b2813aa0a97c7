"""A small database with the newest usage, next to the one that the first read still makes, and only as long as that.

Readers show it meanwhile. Everything in it is put into the database itself too. A tracker that was killed leaves it
there, and the next first read replaces it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from exporter.domain.reading import FirstRead
from exporter.store.database import meta
from exporter.store.database.connection import connect
from exporter.store.database.early_place import early_path
from exporter.store.open_store import new_store
from exporter.store.store import Store

NOTED_MS = 250


@contextmanager
def early_store(path: Path) -> Iterator[Callable[[Callable[[Store], object]], Store]]:
    """Yields a function that makes it: it takes what fills a new store, in a transaction, and returns the store.

    It appears at `early_path(path)` when the block succeeds. Raises DatabaseError.
    """
    unfinished = early_path(path).with_name(f"{early_path(path).name}.new")
    _remove(unfinished)
    opened: list[sqlite3.Connection] = []

    def made(fill: Callable[[Store], object]) -> Store:
        with new_store(unfinished) as store:
            fill(store)
        opened.append(connect(unfinished))
        return Store(opened[-1])

    try:
        yield made
        for connection in opened:
            connection.close()
        _remove(early_path(path))
        os.replace(unfinished, early_path(path))
    finally:
        for connection in opened:
            connection.close()
        _remove(unfinished)


class EarlyProgress:
    """Writes down how far the first read is, at most every `NOTED_MS`, in the early database next to `path`."""

    def __init__(self, path: Path, first: FirstRead) -> None:
        self._connection: sqlite3.Connection | None = connect(early_path(path))
        self._last = first

    def note(self, done: int, total: int, now: int) -> None:
        """`now`: ms."""
        if self._connection is None or now - self._last.at < NOTED_MS:
            return
        self._last = msgspec.structs.replace(self._last, done=done, total=total, at=now)
        try:
            meta.put_reading(self._connection, self._last)
        except sqlite3.Error:  # what is shown stays as it was
            self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def remove_early(path: Path) -> None:
    """Remove the early database next to `path`, if there is one."""
    _remove(early_path(path))


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        with suppress(OSError):  # the next first read removes what is still open
            path.with_name(path.name + ending).unlink()
