"""What the stored events add to the totals."""

from __future__ import annotations

import sqlite3
from collections import Counter

from exporter.domain.usage.activity import tool_label
from exporter.domain.usage.totals import LabelSet


def sum_events(connection: sqlite3.Connection) -> dict[LabelSet, int]:
    """Prompts, tool calls and API errors, by their labels."""
    found: Counter[LabelSet] = Counter()
    (prompts,) = connection.execute("SELECT count(*) FROM tracker_prompts").fetchone()
    found["prompts", ()] = prompts
    for tool, count in connection.execute("SELECT tool, count(*) FROM tracker_tool_calls GROUP BY tool"):
        found["tool_calls", (tool_label(tool),)] += count
    for kind, count in connection.execute("SELECT kind, count(*) FROM tracker_api_errors GROUP BY kind"):
        found["api_errors", (kind,)] += count
    return dict(found)
