"""The list of 5-hour blocks."""

from __future__ import annotations

from typing import Any

import msgspec

from exporter.store.blocks import block_history
from exporter.store.reader import Reader


class BlockRow(msgspec.Struct, frozen=True):
    """A row of `five_hour_blocks` by column, and its cost in nano-dollars."""

    row: dict[str, Any]
    basis: str
    cost: int


def stored_blocks(reader: Reader, limit: int, before: int | None, since: int | None) -> list[BlockRow]:
    """The blocks that start before `before` and from `since` on (ms), most recent first. Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None:
            return []
        return [BlockRow(*found) for found in block_history.block_rows(connection, limit, before, since)]
