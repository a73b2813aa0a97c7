"""The known transcript files, and how far each has been read."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import msgspec

from exporter.domain.transcripts.file_state import FileStat, FileState

FORGOTTEN = "forgotten:"
"""Begins what is stored instead of the path of a forgotten session's transcript."""


def forgotten_key(path: str) -> str:
    return FORGOTTEN + hashlib.sha256(path.encode(errors="surrogatepass")).hexdigest()


class KnownFiles(dict[str, FileState]):
    """Known files by path. One that is stored under its `forgotten_key` is found by its path, too."""

    def __contains__(self, path: object) -> bool:
        return self.get(str(path)) is not None

    def __missing__(self, path: str) -> FileState:
        found = self.pop(forgotten_key(path), None) if self._has_forgotten else None
        if found is None:
            raise KeyError(path)
        self[path] = msgspec.structs.replace(found, path=path)
        return self[path]

    def get(self, path: str, default: Any = None) -> Any:
        try:
            return self[path]
        except KeyError:
            return default

    @cached_property
    def _has_forgotten(self) -> bool:
        return any(path.startswith(FORGOTTEN) for path in self)


def load(connection: sqlite3.Connection) -> KnownFiles:
    """Every known file by its path."""
    rows = connection.execute(
        "SELECT path, device, inode, size, mtime_ns, born_ns, offset, tail, missing, quiet, again FROM tracker_files"
    )
    return KnownFiles(
        (row[0], FileState(row[0], FileStat(*row[1:6]), row[6], row[7], *map(bool, row[8:]))) for row in rows
    )


def save(connection: sqlite3.Connection, states: Iterable[FileState]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO tracker_files"
        " (path, device, inode, size, mtime_ns, born_ns, offset, tail, missing, quiet, again)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                state.path,
                state.stat.device,
                state.stat.inode,
                state.stat.size,
                state.stat.mtime_ns,
                state.stat.born_ns,
                state.offset,
                state.tail,
                state.missing,
                state.quiet,
                state.again,
            )
            for state in states
        ),
    )


def forget(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    connection.executemany("DELETE FROM tracker_files WHERE path = ?", ((path,) for path in paths))


def count(connection: sqlite3.Connection) -> int:
    """How many files the last scan found."""
    return int(connection.execute("SELECT count(*) FROM tracker_files WHERE NOT missing").fetchone()[0])
