"""Sums over long spans, from stored blocks and cached sums, so that their cost does not grow with the span."""

from __future__ import annotations

import sqlite3

from exporter.domain.blocks.block import END_OF_TIME
from exporter.domain.usage.bounds import join_cost
from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import ModelUse, UsageSum, by_model, merge_by_model
from exporter.store.blocks.blocks import latest_block_at
from exporter.store.database import meta
from exporter.store.usage.labels import Labels
from exporter.store.usage.responses import usage_between

MAX_REMEMBERED = 4_096


class PastUsage:
    """Caches the usage of spans that end before the last block, until something there changes.

    The rest lies in one block and is summed for each query.
    """

    def __init__(self) -> None:
        self._version: str | None = None
        self._sums: dict[tuple[int, int], list[UsageSum]] = {}

    def usage_between(self, connection: sqlite3.Connection, labels: Labels, start: int, end: int) -> list[UsageSum]:
        """The usage in `[start, end)` ms by model, chain and project; the same key may occur twice."""
        last = latest_block_at(connection, END_OF_TIME)
        cut = max(start, min(end, last.start)) if last is not None else start
        found = list(self._cached(connection, labels, start, cut)) if start < cut else []
        return found + list(usage_between(connection, labels, cut, end)) if cut < end else found

    def _cached(self, connection: sqlite3.Connection, labels: Labels, start: int, end: int) -> list[UsageSum]:
        version = meta.past_version(connection)
        if version != self._version or len(self._sums) >= MAX_REMEMBERED:
            self._version = version
            self._sums.clear()
        if (start, end) not in self._sums:
            self._sums[start, end] = list(usage_between(connection, labels, start, end))
        return self._sums[start, end]


def uses_between(
    connection: sqlite3.Connection, labels: Labels, start: int, end: int | None = None, past: PastUsage | None = None
) -> list[ModelUse]:
    """The usage by model label in `[start, end)` ms. `end` None: everything from `start` on.

    Blocks inside the span are not summed again; `past` caches the rest.
    """
    past = past or PastUsage()
    until = END_OF_TIME if end is None else end
    first, last = connection.execute(
        "SELECT min(start_at), max(end_at) FROM tracker_blocks WHERE start_at >= ? AND end_at <= ?", (start, until)
    ).fetchone()
    if first is None:
        return by_model(past.usage_between(connection, labels, start, until))
    rows = connection.execute(
        "SELECT model, sum(responses), sum(input), sum(output), sum(cache_read), sum(cache_write_5m),"
        " sum(cache_write_1h), sum(cost / 1000000000), sum(cost % 1000000000), sum(unpriced) FROM tracker_block_usage"
        " WHERE start_at >= ? AND start_at < ? GROUP BY model ORDER BY model",
        (first, last),
    )
    within = [ModelUse(row[0], row[1], Tokens(*row[2:7]), join_cost(row[7], row[8]), row[9]) for row in rows]
    around = past.usage_between(connection, labels, start, first)
    if end is not None:
        around += past.usage_between(connection, labels, last, until)
    return merge_by_model([*within, *by_model(around)])
