"""What was, asked of the store by whoever shows lists."""

from __future__ import annotations

from typing import Any

import msgspec

from exporter.store.blocks import block_history
from exporter.store.reader import Reader


class BlockRow(msgspec.Struct, frozen=True):
    """A row of `five_hour_blocks` by its columns, and what it costs, in nano-dollars."""

    row: dict[str, Any]
    basis: str
    cost: int


def kept_blocks(reader: Reader, limit: int, before: int | None, since: int | None) -> list[BlockRow]:
    """The blocks that begin before and since (ms), the last first. Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None:
            return []
        return [BlockRow(*found) for found in block_history.block_rows(connection, limit, before, since)]
