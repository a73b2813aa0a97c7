"""The stored state of each sync target, written in short transactions concurrently with the tracker."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from exporter.domain.calendar.timestamp import DAY
from exporter.domain.sync import SyncState
from exporter.store.database import json_values

KEY = "syncs"
SHOWN_MS = DAY


def load_states(connection: sqlite3.Connection) -> tuple[SyncState, ...]:
    """The states of all targets; empty if stored by an incompatible version."""
    return json_values.get(connection, KEY, tuple[SyncState, ...]) or ()


def load_recent(connection: sqlite3.Connection, now: int) -> tuple[SyncState, ...]:
    """The targets that a process kept up to date in the last day; others are no longer configured."""
    return tuple(
        state for state in load_states(connection) if state.is_watched and now - state.last_checked_at() < SHOWN_MS
    )


def forget(path: Path, target: str) -> None:
    """Remove a target that is no longer configured. Raises DatabaseError."""
    _put(path, target, ())


def save_state(path: Path, state: SyncState) -> None:
    """Save a target's state. Raises DatabaseError."""
    _put(path, state.target, (state,))


def _put(path: Path, target: str, states: tuple[SyncState, ...]) -> None:
    with json_values.write_transaction(path, "the sync state") as connection:
        others = [one for one in load_states(connection) if one.target != target]
        json_values.put(connection, KEY, [*others, *states])
