"""What is known of each store of many machines, as in the tracker's file: for copies of the database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from exporter.domain.calendar.timestamp import DAY
from exporter.domain.fleet.state import StoreHealth, StoreState, health_of
from exporter.store.database import json_values

KEY = "stores"
SHOWN_MS = DAY


def load_states(connection: sqlite3.Connection) -> dict[str, StoreState]:
    """By the store's address; empty if stored by an incompatible version."""
    return json_values.get(connection, KEY, dict[str, StoreState]) or {}


def load_recent(connection: sqlite3.Connection, now: int) -> StoreHealth | None:
    """The store that was sent to in the last day (ms), the latest of several; None without one."""
    found = [one for one in load_states(connection).values() if one.last_success_at is not None]
    last = max(found, key=lambda one: one.last_success_at or 0, default=None)
    if last is None or now - (last.last_success_at or 0) >= SHOWN_MS:
        return None
    return health_of(last)


def save_state(path: Path, state: StoreState) -> None:
    """Save the state of one store. Raises DatabaseError."""
    with json_values.write_transaction(path, "the state of the store") as connection:
        json_values.put(connection, KEY, {**load_states(connection), state.store: state})


def forget(path: Path, store: str) -> None:
    """Remove a store that nothing is sent to any more. Raises DatabaseError."""
    with json_values.write_transaction(path, "the state of the store") as connection:
        json_values.put(connection, KEY, {name: one for name, one in load_states(connection).items() if name != store})
