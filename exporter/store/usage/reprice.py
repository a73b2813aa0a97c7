"""Applies the installed price list to all stored responses."""

from __future__ import annotations

import sqlite3
from typing import Any

from exporter.domain.usage.counting import decode_extras, decode_requests, encode_extras
from exporter.domain.usage.pricing import Price, price_extras, price_requests

_STORED = """
SELECT id, model, line_at, speed, input, output, cache_read, cache_write_5m, cache_write_1h,
       web_searches, reported_cost, extras, requests, cost
FROM tracker_responses WHERE id > ? ORDER BY id LIMIT 10000
"""


def reprice(connection: sqlite3.Connection, price: Price) -> int:
    """Set the cost of every stored copy to its current price; returns how many changed."""
    changed, last = 0, 0
    while rows := connection.execute(_STORED, (last,)).fetchall():
        last = rows[-1][0]
        updates = [update for row in rows if (update := _repriced(row, price)) is not None]
        connection.executemany("UPDATE tracker_responses SET cost = ?, extras = ? WHERE id = ?", updates)
        changed += len(updates)
    return changed


def _repriced(row: tuple[Any, ...], price: Price) -> tuple[int | None, str | None, int] | None:
    """The new cost, extras and row id; None if nothing changes."""
    copy_id, model, at, speed, *counts, web_searches, reported_cost, stored, requests, cost = row
    new_cost = reported_cost
    if reported_cost is None:
        sizes = decode_requests(requests) if requests else (tuple(counts),)
        new_cost = price_requests(price, model, at, speed, sizes, web_searches)
    extras = decode_extras(stored) if stored else ()
    new_extras = price_extras(extras, model, at, speed, reported_cost, price)
    if new_cost == cost and new_extras == extras:
        return None
    return new_cost, encode_extras(new_extras), copy_id
