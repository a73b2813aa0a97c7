"""The known transcript files, and how far each has been read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from exporter.domain.transcripts.file_state import FileStat, FileState


def load(connection: sqlite3.Connection) -> dict[str, FileState]:
    """Every known file by its path."""
    rows = connection.execute(
        "SELECT path, device, inode, size, mtime_ns, born_ns, offset, tail, missing FROM tracker_files"
    )
    return {row[0]: FileState(row[0], FileStat(*row[1:6]), row[6], row[7], bool(row[8])) for row in rows}


def save(connection: sqlite3.Connection, states: Iterable[FileState]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO tracker_files"
        " (path, device, inode, size, mtime_ns, born_ns, offset, tail, missing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            )
            for state in states
        ),
    )


def forget(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    connection.executemany("DELETE FROM tracker_files WHERE path = ?", ((path,) for path in paths))


def count(connection: sqlite3.Connection) -> int:
    """How many files the last scan found."""
    return int(connection.execute("SELECT count(*) FROM tracker_files WHERE NOT missing").fetchone()[0])
