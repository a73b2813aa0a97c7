"""How many sessions took part in a block."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection

from exporter.domain.blocks.block import Block
from exporter.store.blocks.blocks import block_id
from exporter.store.usage.responses import Row


def count_sessions(connection: sqlite3.Connection, block: Block) -> int:
    """How many sessions have responses in a block."""
    row = connection.execute(
        "SELECT count(DISTINCT owner) FROM tracker_responses"
        " WHERE counted AND at >= ? AND at < ? AND account = ? AND provider IS NULL",
        (block.start, block.end, block.account),
    ).fetchone()
    return int(row[0])


_OF_OWNER = """
SELECT count(*) FROM (SELECT 1 FROM tracker_responses WHERE counted AND owner = ? AND at >= ? AND at < ? AND account = ?
                      AND provider IS NULL LIMIT ?)
"""


def recount_sessions(
    connection: sqlite3.Connection, block: Block, added: Collection[Row], removed: Collection[Row]
) -> int:
    """How many sessions have responses in a block, from how many had before these were added and removed."""
    row = connection.execute(
        "SELECT total_sessions FROM five_hour_blocks WHERE id = ?", (block_id(connection, block),)
    ).fetchone()
    if row is None:
        return count_sessions(connection, block)
    new, lost = (Counter(row.owner for row in rows if block.contains(row.at)) for rows in (added, removed))
    sessions = int(row[0])
    for owner in new.keys() | lost.keys():
        parameters = (owner, block.start, block.end, block.account, new[owner] + 1)
        (found,) = connection.execute(_OF_OWNER, parameters).fetchone()
        sessions += (found > 0) - (lost[owner] > 0 or found > new[owner])
    return sessions
