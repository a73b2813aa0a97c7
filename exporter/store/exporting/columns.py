"""The forms of exported tables and columns."""

from __future__ import annotations

from typing import Literal

import msgspec

from exporter.domain.sync import PRIVACY

Unit = Literal["text", "time", "JSON", "count", "tokens", "dollars", "seconds", "ratio", "percent", "0 or 1"]
"""`time`: ISO 8601 in UTC."""
_TYPES: dict[Unit, str] = {
    "text": "TEXT",
    "time": "TEXT",
    "JSON": "TEXT",
    "count": "INTEGER",
    "tokens": "INTEGER",
    "0 or 1": "INTEGER",
    "dollars": "REAL",
    "seconds": "REAL",
    "ratio": "REAL",
    "percent": "REAL",
}
Level = Literal["totals", "projects", "full"]


def is_within(needed: Level, level: Level) -> bool:
    """Whether what needs a privacy level is there at another one."""
    return PRIVACY.index(needed) <= PRIVACY.index(level)


class Column(msgspec.Struct, frozen=True):
    """A column. `sql`: its value, in the words of the table's query. `level`: from which privacy level on it is there.

    `is_key`: of a table whose rows are sums by these columns.
    """

    name: str
    unit: Unit
    meaning: str
    sql: str
    level: Level = "totals"
    is_key: bool = False

    @property
    def type(self) -> str:
        """Its type in SQLite."""
        return _TYPES[self.unit]


def token_columns(form: str) -> tuple[Column, ...]:
    """A column for each type. `form`: of the SQL, with `{}` for the type's column."""
    meanings = {
        "input": "input, without the cache",
        "output": "output",
        "cache_read": "read from the prompt cache",
        "cache_write_5m": "written to the cache for five minutes",
        "cache_write_1h": "written to the cache for an hour",
    }
    return tuple(Column(f"{name}_tokens", "tokens", about, form.format(name)) for name, about in meanings.items())


class Table(msgspec.Struct, frozen=True):
    """A table. `source`: FROM and WHERE, with the parameters `:start`, `:end` (ms), `:start_time` and `:end_time`."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    source: str
    order: str
    level: Level = "totals"
    full_order: str | None = None
    """At the level `full`, if that is another one"""

    def shown(self, level: Level) -> tuple[Column, ...]:
        """The columns at a privacy level."""
        return tuple(column for column in self.columns if is_within(column.level, level))

    def query(self, level: Level) -> str:
        """The SQL of its rows."""
        shown = self.shown(level)
        keys = [str(place) for place, column in enumerate(shown, 1) if column.is_key]
        grouped = f"GROUP BY {', '.join(keys)}" if keys else ""
        selected = ",\n".join(f'{column.sql} AS "{column.name}"' for column in shown)
        order = self.full_order if level == "full" and self.full_order is not None else self.order
        return f"SELECT {selected}\n{self.source}\n{grouped} ORDER BY {', '.join(keys) or order}"
