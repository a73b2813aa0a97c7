"""Queries of past blocks, for history reports."""

from __future__ import annotations

import sqlite3
from typing import Any

from exporter.domain.blocks.block import END_OF_TIME, START_OF_TIME, Block
from exporter.domain.usage.bounds import join_cost
from exporter.store.accounts import first_account
from exporter.store.blocks.blocks import block_id

_BLOCKS = """
SELECT start_at, end_at, basis, account FROM tracker_blocks WHERE start_at >= ? AND start_at < ?
ORDER BY start_at, account
"""
_ROW = "SELECT total_sessions, iif(is_complete, efficiency_score, NULL) FROM five_hour_blocks WHERE id = ?"


def blocks_started(connection: sqlite3.Connection, start: int, end: int) -> list[Block]:
    """The blocks that start in `[start, end)` ms, the oldest first."""
    return [Block(*row) for row in connection.execute(_BLOCKS, (start, end))]


def stored_figures(connection: sqlite3.Connection, block: Block) -> tuple[int, float | None]:
    """The stored number of sessions of a block, and its efficiency score; None while the block is not complete."""
    row = connection.execute(_ROW, (block_id(connection, block),)).fetchone()
    return (int(row[0]), row[1]) if row is not None else (0, None)


_COLUMNS = (
    "id", "start_time", "end_time", "session_type", "total_sessions", "total_tokens", "efficiency_score", "is_complete",
)  # fmt: skip


def block_rows(
    connection: sqlite3.Connection, limit: int, before: int | None, since: int | None
) -> list[tuple[dict[str, Any], int, str, int]]:
    """Our blocks that start in `[since, before)` (ms), the last first: row, account, basis, cost in nano-dollars."""
    of_block = "FROM tracker_block_usage u WHERE u.account = b.account AND u.start_at = b.start_at"
    rows = connection.execute(
        "SELECT b.account, b.basis,"
        f" (SELECT sum(cost / 1000000000) {of_block}), (SELECT sum(cost % 1000000000) {of_block}),"
        f" {', '.join(f'f.{name}' for name in _COLUMNS)} FROM tracker_blocks b"
        " LEFT JOIN five_hour_blocks f ON f.id = strftime('%Y-%m-%dT%H:%M:%S', b.start_at / 1000, 'unixepoch')"
        " || printf('.%03dZ', b.start_at % 1000)"
        f" || iif(b.account = {first_account(connection) or 0}, '',"
        " '~' || (SELECT hash FROM tracker_accounts a WHERE a.id = b.account))"
        " WHERE b.start_at < ? AND b.start_at >= ? ORDER BY b.start_at DESC, b.account LIMIT ?",
        (END_OF_TIME if before is None else before, START_OF_TIME if since is None else since, limit),
    )
    found = []
    for account, basis, billions, rest, *values in rows:
        row = dict(zip(_COLUMNS, values, strict=True))
        if row["id"] is not None:
            found.append((row | {"is_complete": bool(row["is_complete"])}, account, basis, join_cost(billions, rest)))
    return found
