"""Writes exported tables as CSV or JSON lines. A file has its name only when it is whole."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from exporter.errors import ExportError, reason
from exporter.store.exporting.columns import Column
from exporter.store.exporting.reading import Row

FORMATS = ("csv", "jsonl", "sqlite")
FACTS = "export.json"
"""The file in an exported folder that says what it is."""


def write_csv(out: IO[str], columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """A line with the columns' names, then the rows. An empty field is a value that is not known."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    writer.writerows(rows)


def write_jsonl(out: IO[str], columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """An object per line, with every column."""
    names = [column.name for column in columns]
    encode = msgspec.json.Encoder().encode
    for row in rows:
        out.write(encode(dict(zip(names, row, strict=True))).decode() + "\n")


@contextmanager
def new_files(folder: Path, names: Sequence[str]) -> Iterator[dict[str, Path]]:
    """Paths to write to, by name; they are renamed into `folder` together when the block succeeds.

    Raises ExportError.
    """
    parts = {name: folder / f"{name}.part" for name in names}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield parts
        for name, part in parts.items():
            os.replace(part, folder / name)
    except OSError as error:
        raise ExportError(f"cannot write to {folder}: {reason(error)}") from error
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def open_private(path: Path) -> IO[str]:
    """A new text file that only this user can read. Raises OSError."""
    path.unlink(missing_ok=True)
    return open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8", newline="")


def refuse_existing(folder: Path, names: Iterable[str]) -> None:
    """Raises ExportError if any of these files is there."""
    for name in names:
        if os.path.lexists(folder / name):
            raise ExportError(f"{folder / name} exists: choose another --output, or replace it with --force")
