"""The list of 5-hour blocks."""

from __future__ import annotations

from typing import Any

import msgspec

from exporter.store import accounts
from exporter.store.blocks import block_history
from exporter.store.reader import Reader


class BlockRow(msgspec.Struct, frozen=True):
    """A row of `five_hour_blocks` by column, its account's label, and its cost in nano-dollars."""

    row: dict[str, Any]
    account: str
    basis: str
    cost: int


def stored_blocks(reader: Reader, limit: int, before: int | None, since: int | None) -> list[BlockRow]:
    """The blocks that start before `before` and from `since` on (ms), most recent first. Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None:
            return []
        labels = accounts.labels(connection)
        rows = block_history.block_rows(connection, limit, before, since)
        return [BlockRow(row, labels[account], basis, cost) for row, account, basis, cost in rows]
