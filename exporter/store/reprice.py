"""Applies the price list of today's installation to everything stored."""

from __future__ import annotations

import sqlite3
from typing import Any

from exporter.domain.batch import BestLine
from exporter.domain.tokens import Tokens
from exporter.domain.usage import ResponseLine, time_of_rank
from exporter.store.merge import Price, decode_advisors, encode_advisors

_STORED = """
SELECT id, message_id, request_id, rank, model, stop_reason,
       input, output, cache_read, cache_write_5m, cache_write_1h,
       speed, web_searches, reported_cost, advisors, first_at, cost
FROM tracker_responses WHERE id > ? ORDER BY id LIMIT 10000
"""


def reprice(connection: sqlite3.Connection, price: Price) -> int:
    """Set the cost of every stored copy to what its line costs now. How many changed."""
    changed, last = 0, 0
    while rows := connection.execute(_STORED, (last,)).fetchall():
        last = rows[-1][0]
        updates = [update for row in rows if (update := _repriced(row, price)) is not None]
        connection.executemany("UPDATE tracker_responses SET cost = ?, advisors = ? WHERE id = ?", updates)
        changed += len(updates)
    return changed


def _repriced(row: tuple[Any, ...], price: Price) -> tuple[int | None, str | None, int] | None:
    """The new cost, advisors and the row's id; None where nothing changes."""
    copy_id, message_id, request_id, rank, model, stop_reason, *counts = row[:11]
    speed, web_searches, reported_cost, stored, first_at, cost = row[11:]
    advisors = decode_advisors(stored) if stored else ()
    line = ResponseLine(
        message_id, request_id, "", False, "", time_of_rank(rank), model, stop_reason,
        Tokens(*counts), speed, web_searches, reported_cost, advisors,
    )  # fmt: skip
    new_cost, new_advisors = price(BestLine(line, rank, first_at))
    if new_cost == cost and new_advisors == advisors:
        return None
    return new_cost, encode_advisors(new_advisors), copy_id
