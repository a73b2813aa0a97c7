"""How each target of syncing is, kept in the database: a row of short transactions, beside whoever writes figures."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from exporter.domain.sync import SyncState
from exporter.domain.timestamp import DAY
from exporter.errors import DatabaseError
from exporter.store import meta
from exporter.store.connection import connect

KEY = "syncs"
SHOWN_MS = DAY


def kept(connection: sqlite3.Connection) -> tuple[SyncState, ...]:
    """Of every target that ever was; none in a form of another version."""
    value = meta.get(connection, KEY)
    try:
        return msgspec.json.decode(value, type=tuple[SyncState, ...]) if value else ()
    except msgspec.DecodeError:
        return ()


def kept_lately(connection: sqlite3.Connection, now: int) -> tuple[SyncState, ...]:
    """Those that a process kept up to date in the last day: another is configured no more."""
    return tuple(state for state in kept(connection) if state.is_watched and now - state.looked_at() < SHOWN_MS)


def forget(path: Path, target: str) -> None:
    """It is configured no more. Raises DatabaseError."""
    _put(path, target, ())


def keep(path: Path, state: SyncState) -> None:
    """Raises DatabaseError."""
    _put(path, state.target, (state,))


def _put(path: Path, target: str, states: tuple[SyncState, ...]) -> None:
    try:
        with closing(connect(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            others = [one for one in kept(connection) if one.target != target]
            meta.put(connection, KEY, msgspec.json.encode([*others, *states]).decode())
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise DatabaseError(f"how syncing is cannot be kept in {path}: {error}") from error
