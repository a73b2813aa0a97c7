"""The tool calls of a time."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple


class ToolCalls(NamedTuple):
    """`tool`: as written."""

    tool: str
    calls: int


def calls_between(connection: sqlite3.Connection, start: int, end: int) -> tuple[ToolCalls, ...]:
    """The calls of each tool in `[start, end)` ms, the most first."""
    rows = connection.execute(
        "SELECT tool, count(*) FROM tracker_tool_calls WHERE at >= ? AND at < ? GROUP BY tool ORDER BY 2 DESC, 1",
        (start, end),
    )
    return tuple(ToolCalls(*row) for row in rows)
