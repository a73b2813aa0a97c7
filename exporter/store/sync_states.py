"""How each target of syncing is, kept in the database: a row of short transactions, beside whoever writes figures."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from exporter.domain.calendar.timestamp import DAY
from exporter.domain.sync import SyncState
from exporter.store.database import json_values

KEY = "syncs"
SHOWN_MS = DAY


def kept(connection: sqlite3.Connection) -> tuple[SyncState, ...]:
    """Of every target that ever was; none in a form of another version."""
    return json_values.get(connection, KEY, tuple[SyncState, ...]) or ()


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
    with json_values.writing(path, "how syncing is") as connection:
        others = [one for one in kept(connection) if one.target != target]
        json_values.put(connection, KEY, [*others, *states])
