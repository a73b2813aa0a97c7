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
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from exporter.errors import ReplacedError
from exporter.store.database import damage_mark as mark
from exporter.store.database.owner import FileId, Fit, file_id, fit_of_journal, forget_without_journal

BUSY_SECONDS = 10.0
CACHE_KIB = 16_384
AT_REST = "ro&immutable=1"
WITH_JOURNAL = "it is not whole, with its journal or without it"


_opening = threading.RLock()
_opened: set[FileId] = set()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_opened.clear)  # a forked process has none of the locks


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a connection in autocommit mode: transactions are started explicitly.

    Raises sqlite3.Error, DamagedError; ReplacedError if the file was just replaced, or its journal is of another file.
    """
    with _opening:
        file = file_id(path)
        fit = fit_of_journal(path)
        if fit is Fit.DAMAGED:
            raise mark.found(path, file, WITH_JOURNAL)
        if fit is not Fit.OWN:
            raise ReplacedError(
                f"{path} was put in the place of another database, whose journal is still next to it: "
                "run `claude-tracker ingest` to set that aside"
            )
        if not read_only:
            forget_without_journal(path)
        before = _note_opened(path)
        connection = _open(path, "ro" if read_only else "rwc")
        if before not in (None, _note_opened(path)):
            connection.close()  # it has not read anything
            raise ReplacedError(f"another file replaced {path}")
        _configure(connection)
    return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = _open(path, mode)
    _configure(connection)
    return connection


def _open(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"file:{quote(str(path))}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _configure(connection: sqlite3.Connection) -> None:
    try:
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    except UnicodeDecodeError as error:  # of SQLite's own message, which names what it cannot read
        raise sqlite3.DatabaseError("malformed database schema") from error
    connection.execute(
        "PRAGMA wal_autocheckpoint = 0"
    )  # the writer of the tracker checkpoints, and the last one to close


def has_opened(path: Path) -> bool:
    """Whether this process ever opened the file at the path."""
    return file_id(path) in _opened


def _note_opened(path: Path) -> FileId | None:
    found = file_id(path)
    if found is not None:
        _opened.add(found)
    return found


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


@contextmanager
def open_damaged(path: Path) -> Iterator[sqlite3.Connection]:
    """The same of a file that may be damaged next to its journal: both are read as they are. Raises sqlite3.Error."""
    if fit_of_journal(path) is not Fit.DAMAGED:
        with open_untouched(path) as connection:
            yield connection
        return
    with _opening:
        _note_opened(path)
        connection = _connect(path, "ro")
        try:
            yield connection
        finally:
            connection.close()


def _is_wal_at_rest(path: Path) -> bool:
    """Also false if the file cannot be checked safely, because this process has it open."""
    if has_opened(path):
        return False
    with open(path, "rb") as file:
        versions = file.read(20)[18:]
    return versions == b"\2\2" and not os.path.exists(f"{os.path.realpath(path)}-wal")
