"""Responses grouped by five minutes, for planning 5-hour windows: without other providers, which use up none."""

from __future__ import annotations

import sqlite3

from exporter.domain.blocks.figures import ACTIVITY_MS
from exporter.domain.planning import Pulse

# `total` includes the tokens of extras.
_PULSES = """
SELECT min(at), max(at), sum(total) FROM tracker_responses
WHERE counted AND provider IS NULL AND at >= ? AND at < ? GROUP BY at / ? ORDER BY 1
"""


def first_pulse(connection: sqlite3.Connection) -> int | None:
    """The time (ms) of the first such response since 1970."""
    query = "SELECT at FROM tracker_responses WHERE counted AND provider IS NULL AND at >= 0 ORDER BY at LIMIT 1"
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def pulses(connection: sqlite3.Connection, start: int, end: int) -> list[Pulse]:
    """The responses in `[start, end)` ms grouped by five minutes, in order."""
    return [Pulse(*row) for row in connection.execute(_PULSES, (start, end, ACTIVITY_MS))]
