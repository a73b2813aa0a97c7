"""Applies the installed price list to all stored responses."""

from __future__ import annotations

import sqlite3
from typing import Any

from exporter.domain.usage.counting import decode_advisors, encode_advisors
from exporter.domain.usage.pricing import Price, price_advisors

_STORED = """
SELECT id, model, line_at, speed, input, output, cache_read, cache_write_5m, cache_write_1h,
       web_searches, reported_cost, advisors, cost
FROM tracker_responses WHERE id > ? ORDER BY id LIMIT 10000
"""


def reprice(connection: sqlite3.Connection, price: Price) -> int:
    """Set the cost of every stored copy to its current price; returns how many changed."""
    changed, last = 0, 0
    while rows := connection.execute(_STORED, (last,)).fetchall():
        last = rows[-1][0]
        updates = [update for row in rows if (update := _repriced(row, price)) is not None]
        connection.executemany("UPDATE tracker_responses SET cost = ?, advisors = ? WHERE id = ?", updates)
        changed += len(updates)
    return changed


def _repriced(row: tuple[Any, ...], price: Price) -> tuple[int | None, str | None, int] | None:
    """The new cost, advisors and row id; None if nothing changes."""
    copy_id, model, at, speed, *counts, web_searches, reported_cost, stored, cost = row
    new_cost = reported_cost
    if reported_cost is None:
        new_cost = price(model, at, speed, tuple(counts), web_searches)
    advisors = decode_advisors(stored) if stored else ()
    new_advisors = price_advisors(advisors, at, reported_cost, price)
    if new_cost == cost and new_advisors == advisors:
        return None
    return new_cost, encode_advisors(new_advisors) if new_advisors else None, copy_id
