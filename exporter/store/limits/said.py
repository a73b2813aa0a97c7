"""What was said of the running windows, so that a warning stands until a clearly lower chance."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from exporter.domain.forecast.verdict import NOTHING_SAID, Memory, SaidOf
from exporter.domain.limits.reading import SAME_RESET_MS


def load(connection: sqlite3.Connection, account: int) -> dict[str, SaidOf]:
    """What was said of an account's windows, by window."""
    rows = connection.execute(
        "SELECT window, resets_at, is_warned, is_lasting FROM tracker_said WHERE account = ?", (account,)
    )
    return {
        window: SaidOf(account, window, resets_at, Memory(bool(warned), bool(lasting)))
        for window, resets_at, warned, lasting in rows
    }


def of_window(known: dict[str, SaidOf], window: str, resets_at: int) -> Memory:
    """What was said of the window that resets then (ms)."""
    said = known.get(window)
    is_same = said is not None and abs(said.resets_at - resets_at) <= SAME_RESET_MS
    return said.memory if said is not None and is_same else NOTHING_SAID


def is_new(connection: sqlite3.Connection, said: SaidOf) -> bool:
    """Whether something else is stored."""
    return of_window(load(connection, said.account), said.window, said.resets_at) != said.memory


def save(connection: sqlite3.Connection, said: Iterable[SaidOf]) -> None:
    """Save what is said now."""
    connection.executemany(
        "INSERT OR REPLACE INTO tracker_said (account, window, resets_at, is_warned, is_lasting)"
        " VALUES (?, ?, ?, ?, ?)",
        [(one.account, one.window, one.resets_at, one.memory.is_warned, one.memory.is_lasting) for one in said],
    )
