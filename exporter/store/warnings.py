"""Which warnings were told."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

import msgspec

from exporter.domain.totals import LabelSet
from exporter.domain.warning import Warned
from exporter.store import totals


def told(connection: sqlite3.Connection, since: int) -> list[Warned]:
    """What was told of windows, blocks and waits that end or began since (ms)."""
    rows = connection.execute("SELECT kind, subject, until FROM tracker_warnings WHERE until >= ?", (since,))
    return [Warned(*row) for row in rows]


def keep(connection: sqlite3.Connection, warned: Sequence[Warned], now: int, met_at: int) -> None:
    """Note and count what is told now."""
    connection.executemany(
        "INSERT INTO tracker_warnings (kind, subject, until, at) VALUES (?, ?, ?, ?)",
        [(*msgspec.structs.astuple(one), now) for one in warned],
    )
    counts: Counter[LabelSet] = Counter()
    for one in warned:
        counts["notifications", (one.kind,)] += 1
    totals.add(connection, counts, met_at)
