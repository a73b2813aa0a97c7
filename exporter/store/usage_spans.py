"""Sums over long spans, made of what blocks keep, so that they cost the same whatever was used."""

from __future__ import annotations

import sqlite3

from exporter.domain.tokens import Tokens
from exporter.domain.totals import ModelUse, by_model, merged
from exporter.store import meta
from exporter.store.blocks import BEYOND, begun_before
from exporter.store.labels import Labels
from exporter.store.responses import usage_between

MOST_REMEMBERED = 64


class Parts:
    """What was used in the parts of blocks that spans began in, remembered until the past changes."""

    def __init__(self) -> None:
        self._past: str | None = None
        self._uses: dict[tuple[int, int], list[ModelUse]] = {}

    def uses_between(self, connection: sqlite3.Connection, labels: Labels, start: int, end: int) -> list[ModelUse]:
        """By model label. A part of the last block may still grow, and is not remembered."""
        past = meta.past(connection)
        if past != self._past or len(self._uses) >= MOST_REMEMBERED:
            self._past = past
            self._uses.clear()
        known = self._uses.get((start, end))
        if known is not None:
            return known
        found = by_model(usage_between(connection, labels, start, end))
        last = begun_before(connection, BEYOND)
        if last is not None and end <= last.start:
            self._uses[start, end] = found
        return found


def uses_between(
    connection: sqlite3.Connection, labels: Labels, start: int, end: int | None = None, parts: Parts | None = None
) -> list[ModelUse]:
    """The use by model label of the responses in `[start, end)` ms; None: of all from `start` on.

    Blocks that lie within are not summed again; `parts` remembers the rest.
    """
    parts = parts or Parts()
    until = BEYOND if end is None else end
    first, last = connection.execute(
        "SELECT min(start_at), max(end_at) FROM tracker_blocks WHERE start_at >= ? AND end_at <= ?", (start, until)
    ).fetchone()
    if first is None:
        return parts.uses_between(connection, labels, start, until)
    rows = connection.execute(
        "SELECT model, sum(responses), sum(input), sum(output), sum(cache_read), sum(cache_write_5m),"
        " sum(cache_write_1h), sum(cost), sum(unpriced) FROM tracker_block_usage"
        " WHERE start_at >= ? AND start_at < ? GROUP BY model ORDER BY model",
        (first, last),
    )
    within = [ModelUse(row[0], row[1], Tokens(*row[2:7]), row[7], row[8]) for row in rows]
    before = parts.uses_between(connection, labels, start, first)
    after = parts.uses_between(connection, labels, last, until) if end is not None else []
    return merged([*within, *before, *after])
