"""Connections to a database file.

A process that closes any descriptor of a file loses all its locks on it; another process that closes the database then
deletes the journal while we use it (https://www.sqlite.org/howtocorrupt.html, 2.2). So once SQLite has opened a file
with locking, this process does not open it in any other way.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

BUSY_SECONDS = 10.0
CACHE_KIB = 16_384
AT_REST = "ro&immutable=1"


_opening = threading.RLock()
_opened: set[tuple[int, int]] = set()


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a connection in autocommit mode: transactions are started explicitly. Raises sqlite3.Error."""
    with _opening:
        _note_opened(path)
        connection = _connect(path, "ro" if read_only else "rwc")
        _note_opened(path)  # it may have just been created or replaced
    return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"file:{quote(str(path))}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return connection


def _identity(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino


def _note_opened(path: Path) -> None:
    with suppress(OSError):
        _opened.add(_identity(path))


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open a read-only connection. In a folder without write access, the file is read as is, ignoring any journal."""
    try:
        connection = connect(path, read_only=True)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        connection = _connect(path, AT_REST)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


@contextmanager
def open_untouched(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for reading a file once without creating files next to it.

    SQLite leaves a journal next to a file in WAL mode even after opening it read-only. While no process has such a file
    open, it can be read as is. Raises sqlite3.Error.
    """
    with _opening:
        connection = _connect(path, AT_REST) if _is_wal_at_rest(path) else connect_read_only(path)
        try:
            yield connection
        finally:
            connection.close()


def _is_wal_at_rest(path: Path) -> bool:
    """Also false if the file cannot be checked safely, because this process has it open."""
    if _identity(path) in _opened:
        return False
    with open(path, "rb") as file:
        versions = file.read(20)[18:]
    return versions == b"\2\2" and not os.path.exists(f"{os.path.realpath(path)}-wal")
