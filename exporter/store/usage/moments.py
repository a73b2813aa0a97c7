"""The times of prompts, tool calls and responses."""

from __future__ import annotations

import sqlite3

from exporter.domain.usage.turns import Moment

_MOMENTS = {
    "prompts": "SELECT conversation, at FROM tracker_prompts WHERE at >= ? AND at < ?",
    "tool_calls": "SELECT conversation, at FROM tracker_tool_calls WHERE at >= ? AND at < ?",
    "responses": "SELECT owner, at FROM tracker_responses WHERE counted AND at >= ? AND at < ?",
}


def moments(connection: sqlite3.Connection, kind: str, start: int, end: int) -> list[Moment]:
    """The (conversation, time) of every prompt, tool call or response in `[start, end)` ms."""
    return connection.execute(_MOMENTS[kind], (start, end)).fetchall()
