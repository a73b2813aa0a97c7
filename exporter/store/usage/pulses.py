"""What reports of the past ask for beside the sums of usage: the blocks of a span, and the pulse of its responses."""

from __future__ import annotations

import sqlite3

from exporter.domain.blocks.figures import ACTIVITY_MS
from exporter.domain.usage.planning import Pulse

# `total` holds the tokens of advisors too.
_PULSES = """
SELECT min(at), max(at), sum(total) FROM tracker_responses
WHERE counted AND at >= ? AND at < ? GROUP BY at / ? ORDER BY 1
"""


def pulses(connection: sqlite3.Connection, start: int, end: int) -> list[Pulse]:
    """The responses in `[start, end)` ms by five minutes, in order."""
    return [Pulse(*row) for row in connection.execute(_PULSES, (start, end, ACTIVITY_MS))]
