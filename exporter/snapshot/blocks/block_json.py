"""The JSON form of a stored block."""

from __future__ import annotations

from typing import Any

from exporter.domain.usage.pricing import usd
from exporter.snapshot.blocks.block_history import BlockRow
from exporter.snapshot.usage.usage_json import COST_BASIS


def block_row_json(block: BlockRow) -> dict[str, Any]:
    """A block, with the column names of its table as keys, its account, basis and cost."""
    return {
        **block.row,
        "account": block.account,
        "basis": block.basis,
        "cost_usd": usd(block.cost),
        "cost_basis": COST_BASIS,
    }
