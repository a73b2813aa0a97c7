"""What was used beyond the plan, and the week by surface, as last reported."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from exporter.domain.limits.reading import Credits, SurfaceShare
from exporter.store.accounts import Accounts

_SAVE_CREDITS = """
INSERT INTO tracker_credits (account, currency, observed_at, used, max) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET observed_at = excluded.observed_at, used = excluded.used, max = excluded.max
WHERE excluded.observed_at > observed_at
"""
_SAVE_SURFACE = "INSERT INTO tracker_surfaces (account, surface, observed_at, share) VALUES (?, ?, ?, ?)"


def save_credits(connection: sqlite3.Connection, accounts: Accounts, reported: Iterable[Credits]) -> bool:
    """Save what is newer than stored. Returns whether anything was."""
    before = connection.total_changes
    for one in reported:
        account = accounts.of_origin(one.origin, one.observed_at)
        connection.execute(_SAVE_CREDITS, (account, one.currency, one.observed_at, one.used, one.limit))
    return connection.total_changes != before


def save_surfaces(connection: sqlite3.Connection, accounts: Accounts, reported: Iterable[SurfaceShare]) -> bool:
    """The same; a newer report replaces the whole week of its account."""
    by_report: dict[tuple[int, int], list[SurfaceShare]] = {}
    for one in reported:
        by_report.setdefault((accounts.of_origin(one.origin, one.observed_at), one.observed_at), []).append(one)
    changed = False
    for (account, at), shares in sorted(by_report.items()):
        (last,) = connection.execute(
            "SELECT max(observed_at) FROM tracker_surfaces WHERE account = ?", (account,)
        ).fetchone()
        if last is not None and last >= at:
            continue
        connection.execute("DELETE FROM tracker_surfaces WHERE account = ?", (account,))
        connection.executemany(_SAVE_SURFACE, [(account, one.surface, at, one.share) for one in shares])
        changed = True
    return changed


def credits_of(connection: sqlite3.Connection, account: int) -> list[Credits]:
    """The credits of an account, by currency."""
    rows = connection.execute(
        "SELECT observed_at, currency, used, max FROM tracker_credits WHERE account = ? ORDER BY currency", (account,)
    )
    return [Credits(*row) for row in rows]


def surfaces_of(connection: sqlite3.Connection, account: int) -> list[SurfaceShare]:
    """The week of an account by surface."""
    rows = connection.execute(
        "SELECT observed_at, surface, share FROM tracker_surfaces WHERE account = ? ORDER BY surface", (account,)
    )
    return [SurfaceShare(*row) for row in rows]
