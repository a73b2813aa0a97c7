"""The rows of a damaged table, up to and after each place that cannot be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from exporter.store.database.examination import is_damage

Row = tuple[Any, ...]
_LAST = 1 << 62


def by_row_id(connection: sqlite3.Connection, table: str, columns: str) -> Iterator[Row | None]:
    """The rows with their ids in front, in order; None for each gap that cannot be read."""
    query = f"SELECT rowid, {columns} FROM {table} NOT INDEXED WHERE rowid >= ? ORDER BY rowid"
    start = -_LAST
    while True:
        last = None
        for row in _until_damage(connection, query, (start,)):
            if row is None:
                break
            last = row[0]
            yield row
        else:
            return
        yield None
        start = _after_gap(connection, table, start if last is None else last + 1)
        if start > _LAST:
            return


def _after_gap(connection: sqlite3.Connection, table: str, damaged: int) -> int:
    """The first row id after a damaged place from which rows can be read; beyond `_LAST` if there is none."""

    def can_read(start: int) -> bool:
        query = f"SELECT * FROM {table} NOT INDEXED WHERE rowid >= ? ORDER BY rowid LIMIT 1"
        return next(iter(_until_damage(connection, query, (start,))), ()) is not None

    start = max(damaged, 0)
    step = 1
    while start + step <= _LAST and not can_read(start + step):
        step *= 2
    if start + step > _LAST:
        return _LAST + 1
    low, high = start + step // 2, start + step  # one that cannot be read, and one that can
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if can_read(middle) else (middle, high)
    return high


def by_key(connection: sqlite3.Connection, table: str, columns: str) -> Iterator[Row | None]:
    """The same of a table without row ids: from its beginning, and from its end, up to what cannot be read."""
    seen: set[Row] = set()
    for order in ("", _descending(connection, table)):
        whole = True
        for row in _until_damage(connection, f"SELECT {columns} FROM {table} {order}", ()):
            if row is None:
                whole = False
                break
            if row not in seen:
                seen.add(row)
                yield row
        if whole:
            return
        if not order:
            yield None


def _descending(connection: sqlite3.Connection, table: str) -> str:
    keys = [(place, name) for _, name, _, _, _, place in connection.execute(f"PRAGMA table_info({table})") if place]
    return "ORDER BY " + ", ".join(f"{name} DESC" for _, name in sorted(keys))


def _until_damage(connection: sqlite3.Connection, query: str, given: tuple[int, ...]) -> Iterator[Row | None]:
    """The rows of a query; None at the end where it cannot go on."""
    try:
        with closing(connection.execute(query, given)) as cursor:
            yield from cursor
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        yield None
