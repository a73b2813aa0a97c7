"""What reports of the past ask for beside the sums of usage: the blocks of a span, and the pulse of its responses."""

from __future__ import annotations

import sqlite3

from exporter.domain.block import ACTIVITY_MS, Block
from exporter.domain.plan import Pulse
from exporter.store.blocks import block_id

_BLOCKS = """
SELECT start_at, end_at, basis FROM tracker_blocks WHERE start_at >= ? AND start_at < ? ORDER BY start_at
"""
_ROW = "SELECT total_sessions, iif(is_complete, efficiency_score, NULL) FROM five_hour_blocks WHERE id = ?"
# `total` holds the tokens of advisors too.
_PULSES = """
SELECT min(at), max(at), sum(total) FROM tracker_responses
WHERE counted AND at >= ? AND at < ? GROUP BY at / ? ORDER BY 1
"""


def blocks_begun(connection: sqlite3.Connection, start: int, end: int) -> list[Block]:
    """The blocks that begin in `[start, end)` ms, the oldest first."""
    return [Block(*row) for row in connection.execute(_BLOCKS, (start, end))]


def kept_row(connection: sqlite3.Connection, block: Block) -> tuple[int, float | None]:
    """The kept sessions of a block, and its efficiency score, None where that is not the last one."""
    row = connection.execute(_ROW, (block_id(block),)).fetchone()
    return (int(row[0]), row[1]) if row is not None else (0, None)


def pulses(connection: sqlite3.Connection, start: int, end: int) -> list[Pulse]:
    """The responses in `[start, end)` ms by five minutes, in order."""
    return [Pulse(*row) for row in connection.execute(_PULSES, (start, end, ACTIVITY_MS))]
