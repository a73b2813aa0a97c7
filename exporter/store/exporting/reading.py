"""Reads the rows of exported tables, one after the other: memory does not grow with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from exporter.domain.blocks.block import END_OF_TIME, START_OF_TIME
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import HOUR, SECOND
from exporter.domain.usage.pricing import normalize_model
from exporter.store import accounts
from exporter.store.exporting.columns import Level, Table

Row = tuple[Any, ...]
"""Texts, numbers and None, in the order of the table's columns."""


class Wanted(msgspec.Struct, frozen=True):
    """What is exported: `[start, end)` in ms (None: everything), at a privacy level.

    `model`, `project`: the name that the level shows of a model's, and of a folder.
    """

    level: Level
    model: Callable[[str], str]
    project: Callable[[str], str]
    start: int | None = None
    end: int | None = None

    @property
    def parameters(self) -> dict[str, int | str]:
        return {
            "start": START_OF_TIME if self.start is None else self.start,
            "end": END_OF_TIME if self.end is None else self.end,
            "start_time": "" if self.start is None else timestamp.to_iso(self.start),
            "end_time": "~" if self.end is None else timestamp.to_iso(self.end),
        }


def prepare(connection: sqlite3.Connection, wanted: Wanted) -> None:
    """Define the SQL functions that the tables use. Inside the read transaction."""
    shown = _model_names(wanted.model)
    functions: dict[str, Callable[[Any], Any]] = {
        "iso": _time,
        "hour_of": lambda at: _time(at - at % HOUR),
        "model_name": shown,
        "model_names": lambda text: _names(text, shown),
        "project_name": lambda path: None if path is None else wanted.project(str(path)),
        "account_name": _account_names(connection, wanted.level).get,
        "block_suffix": accounts.suffixes(connection).get,
    }
    for name, function in functions.items():
        connection.create_function(name, 1, function, deterministic=True)


def rows(connection: sqlite3.Connection, table: Table, wanted: Wanted) -> Iterator[Row]:
    """The rows of a table. Call `prepare` before."""
    return iter(connection.execute(table.query(wanted.level), wanted.parameters))


def count(connection: sqlite3.Connection, table: Table, wanted: Wanted) -> int:
    """About how many rows a table has; of a table of sums, 1: what it takes is not known before."""
    if any(column.is_key for column in table.columns):
        return 1
    (found,) = connection.execute(f"SELECT count(*) {table.source}", wanted.parameters).fetchone()
    return int(found)


def _time(ms: int | None) -> str | None:
    if ms is None or not timestamp.is_in_calendar(ms):
        return None
    return f"{_second(ms // SECOND)}{ms % SECOND:03d}Z"


@lru_cache(maxsize=4_096)
def _second(seconds: int) -> str:
    """The same until the milliseconds: rows that follow each other share it."""
    return timestamp.to_iso(seconds * SECOND)[:-4]


def _model_names(show: Callable[[str], str]) -> Callable[[str], str]:
    @lru_cache(maxsize=1_000)
    def shown(name: str) -> str:
        return show(normalize_model(name))

    return shown


def _names(text: object, shown: Callable[[str], str]) -> str:
    try:
        found = msgspec.json.decode(text, type=list[str]) if isinstance(text, str) else []
    except msgspec.DecodeError:
        found = []
    return msgspec.json.encode(sorted({shown(name) for name in found})).decode()


def _account_names(connection: sqlite3.Connection, level: Level) -> dict[int, str]:
    """The accounts' hashes; below `full` only numbers."""
    found = sorted(accounts.load(connection), key=lambda account: account.hash)
    return {account.id: account.hash if level == "full" else str(number) for number, account in enumerate(found, 1)}
