"""Exports what is stored, inside one read transaction, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec

from exporter.domain.calendar import timestamp
from exporter.publish.privacy import last_part, shown_model
from exporter.store.exporting import reading
from exporter.store.exporting.columns import Level, Table
from exporter.store.exporting.reading import Row, Wanted
from exporter.store.exporting.sqlite_file import new_file
from exporter.store.reader import View
from exporter.transfer.files import FACTS, new_files, open_private, refuse_existing, write_csv, write_jsonl

FORMAT_VERSION = 1
"""Increased for incompatible changes."""
Progress = Callable[[int, int], None]
"""Called with the number of rows done, and of about all."""
_STEP = 5_000


def wanted_at(level: Level, start: int | None, end: int | None) -> Wanted:
    """What to export at a privacy level. `start`, `end`: ms, None for everything.

    Below `full` the names of other providers' models become `other`, since they can contain an account.
    """
    return Wanted(level, str if level == "full" else shown_model, last_part, start, end)


class Export:
    """An export of some tables. `progress`: called now and then. `now`: ms."""

    def __init__(self, connection: View, tables: Sequence[Table], wanted: Wanted, now: int, progress: Progress) -> None:
        self._connection = connection
        self._tables = tables
        self._wanted = wanted
        self._now = now
        self._progress = progress
        self._done = 0
        reading.prepare(connection, wanted)
        self._total = sum(reading.count(connection, table, wanted) for table in tables)
        self.rows: dict[str, int] = {}
        """How many rows each table had."""

    def to_stream(self, out: IO[str], form: str) -> None:
        """Write the only table."""
        (table,) = self._tables
        _writer(form)(out, table.shown(self._wanted.level), self._rows(table))

    def to_folder(self, folder: Path, form: str, *, force: bool) -> None:
        """A file per table, and one that says what they are. Raises ExportError."""
        names = {table.name: f"{table.name}.{form}" for table in self._tables}
        if not force:
            refuse_existing(folder, [*names.values(), FACTS])
        with new_files(folder, [*names.values(), FACTS]) as paths:
            for table in self._tables:
                with open_private(paths[names[table.name]]) as out:
                    _writer(form)(out, table.shown(self._wanted.level), self._rows(table))
            with open_private(paths[FACTS]) as out:
                out.write(msgspec.json.format(msgspec.json.encode(self._facts()), indent=2).decode() + "\n")

    def to_database(self, path: Path, *, force: bool) -> None:
        """An SQLite file with a table for each. Raises ExportError, DatabaseError."""
        if not force:
            refuse_existing(path.parent, [path.name])
        with new_files(path.parent, [path.name]) as paths, new_file(paths[path.name]) as file:
            for table in self._tables:
                file.write(table.name, table.shown(self._wanted.level), self._rows(table))
            file.write_facts(self._facts())

    def _rows(self, table: Table) -> Iterator[Row]:
        number = 0
        for number, row in enumerate(reading.rows(self._connection, table, self._wanted), 1):
            if not number % _STEP:
                self._progress(min(self._done + number, self._total), self._total)
            yield row
        self._done += number
        self.rows[table.name] = number

    def _facts(self) -> dict[str, str]:
        wanted = self._wanted
        return {
            "format": "claude-tracker",
            "version": str(FORMAT_VERSION),
            "privacy": wanted.level,
            "exported_at": timestamp.to_iso(self._now),
            **({"since": timestamp.to_iso(wanted.start)} if wanted.start is not None else {}),
            **({"until": timestamp.to_iso(wanted.end)} if wanted.end is not None else {}),
        }


def _writer(form: str) -> Callable[[IO[str], Sequence[object], Iterable[Row]], None]:
    return write_csv if form == "csv" else write_jsonl  # type: ignore[return-value] # columns are objects
