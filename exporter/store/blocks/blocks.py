"""The 5-hour blocks as they are stored: their times, responses and usage by model."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from exporter.domain.blocks.block import BLOCK_MS, START_OF_TIME, Block
from exporter.domain.calendar import timestamp
from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import ModelUse
from exporter.store import accounts


def load(connection: sqlite3.Connection) -> list[Block]:
    """All blocks, the oldest first."""
    return [Block(*row) for row in connection.execute(f"{_BLOCKS} ORDER BY start_at, account")]


_BLOCKS = "SELECT start_at, end_at, basis, account FROM tracker_blocks"


def load_of(connection: sqlite3.Connection, account: int) -> list[Block]:
    """The blocks of an account, the oldest first."""
    rows = connection.execute(f"{_BLOCKS} WHERE account = ? ORDER BY start_at", (account,))
    return [Block(*row) for row in rows]


def accounts_with_blocks(connection: sqlite3.Connection) -> list[int]:
    """The accounts that have blocks."""
    return [account for (account,) in connection.execute("SELECT DISTINCT account FROM tracker_blocks")]


def latest_block_at(connection: sqlite3.Connection, account: int, moment: int) -> Block | None:
    """The account's last block that starts at or before `moment`."""
    query = f"{_BLOCKS} WHERE account = ? AND start_at <= ? ORDER BY start_at DESC LIMIT 1"
    row = connection.execute(query, (account, moment)).fetchone()
    return Block(*row) if row else None


def unsettled_since(connection: sqlite3.Connection) -> int:
    """The start (ms) of the first block that is not over before the last one starts: what is earlier seldom changes."""
    (last,) = connection.execute("SELECT max(start_at) FROM tracker_blocks").fetchone()
    if last is None:
        return START_OF_TIME
    query = "SELECT min(start_at) FROM tracker_blocks WHERE end_at > ?1 AND start_at > ?1 - ?2"
    return int(connection.execute(query, (last, BLOCK_MS)).fetchone()[0])


def times(connection: sqlite3.Connection, block: Block) -> list[int]:
    """The times of a block's responses, in order."""
    rows = connection.execute(
        "SELECT at FROM tracker_responses"
        " WHERE counted AND at >= ? AND at < ? AND account = ? AND provider IS NULL ORDER BY at",
        (block.start, block.end, block.account),
    )
    return [at for (at,) in rows]


def times_since(connection: sqlite3.Connection, account: int, since: int) -> list[int]:
    """The times of an account's responses from `since` on, in order."""
    rows = connection.execute(
        "SELECT at FROM tracker_responses WHERE counted AND at >= ? AND account = ? AND provider IS NULL ORDER BY at",
        (since, account),
    )
    return [at for (at,) in rows]


def model_uses(connection: sqlite3.Connection, block: Block) -> list[ModelUse]:
    """The stored usage of a block by model label."""
    rows = connection.execute(
        "SELECT model, responses, input, output, cache_read, cache_write_5m, cache_write_1h, cost, unpriced"
        " FROM tracker_block_usage WHERE account = ? AND start_at = ? ORDER BY model",
        (block.account, block.start),
    )
    return [ModelUse(row[0], row[1], Tokens(*row[2:7]), row[7], row[8]) for row in rows]


def sessions(connection: sqlite3.Connection, block: Block) -> int:
    """The stored number of conversations that the block's responses are credited to."""
    query = "SELECT total_sessions FROM five_hour_blocks WHERE id = ?"
    row = connection.execute(query, (block_id(connection, block),)).fetchone()
    return int(row[0]) if row is not None else 0


def block_id(connection: sqlite3.Connection, block: Block) -> str:
    """Its start; of another account than the first, followed by `~` and that account's hash."""
    return format_block_id(block, accounts.suffixes(connection))


def format_block_id(block: Block, suffixes: Mapping[int, str]) -> str:
    """The same with `suffixes` of `exporter.store.accounts`."""
    return timestamp.to_iso(block.start) + suffixes.get(block.account, "")
