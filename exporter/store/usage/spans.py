"""Sums over long spans, made of what blocks keep and of what is remembered, so that they cost little however long."""

from __future__ import annotations

import sqlite3

from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import ModelUse, UsageSum, by_model, merged
from exporter.store.blocks.blocks import BEYOND, begun_before
from exporter.store.database import meta
from exporter.store.usage.labels import Labels
from exporter.store.usage.responses import usage_between

MOST_REMEMBERED = 4_096


class Past:
    """What was used in spans that end before the last block, remembered until something there changes.

    The rest is summed at each question: it lies in one block.
    """

    def __init__(self) -> None:
        self._version: str | None = None
        self._sums: dict[tuple[int, int], list[UsageSum]] = {}

    def usage_between(self, connection: sqlite3.Connection, labels: Labels, start: int, end: int) -> list[UsageSum]:
        """The usage of the responses in `[start, end)` ms by model, chain and project; one may come in two parts."""
        last = begun_before(connection, BEYOND)
        cut = max(start, min(end, last.start)) if last is not None else start
        found = list(self._remembered(connection, labels, start, cut)) if start < cut else []
        return found + list(usage_between(connection, labels, cut, end)) if cut < end else found

    def _remembered(self, connection: sqlite3.Connection, labels: Labels, start: int, end: int) -> list[UsageSum]:
        version = meta.past(connection)
        if version != self._version or len(self._sums) >= MOST_REMEMBERED:
            self._version = version
            self._sums.clear()
        if (start, end) not in self._sums:
            self._sums[start, end] = list(usage_between(connection, labels, start, end))
        return self._sums[start, end]


def uses_between(
    connection: sqlite3.Connection, labels: Labels, start: int, end: int | None = None, past: Past | None = None
) -> list[ModelUse]:
    """The use by model label of the responses in `[start, end)` ms; None: of all from `start` on.

    Blocks that lie within are not summed again; `past` remembers the rest.
    """
    past = past or Past()
    until = BEYOND if end is None else end
    first, last = connection.execute(
        "SELECT min(start_at), max(end_at) FROM tracker_blocks WHERE start_at >= ? AND end_at <= ?", (start, until)
    ).fetchone()
    if first is None:
        return by_model(past.usage_between(connection, labels, start, until))
    rows = connection.execute(
        "SELECT model, sum(responses), sum(input), sum(output), sum(cache_read), sum(cache_write_5m),"
        " sum(cache_write_1h), sum(cost), sum(unpriced) FROM tracker_block_usage"
        " WHERE start_at >= ? AND start_at < ? GROUP BY model ORDER BY model",
        (first, last),
    )
    within = [ModelUse(row[0], row[1], Tokens(*row[2:7]), row[7], row[8]) for row in rows]
    around = past.usage_between(connection, labels, start, first)
    if end is not None:
        around += past.usage_between(connection, labels, last, until)
    return merged([*within, *by_model(around)])
