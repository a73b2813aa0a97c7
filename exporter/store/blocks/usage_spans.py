"""Sums over long spans, from stored blocks and cached sums, so that their cost does not grow with the span."""

from __future__ import annotations

import sqlite3
from itertools import chain

from exporter.domain.blocks.block import END_OF_TIME
from exporter.domain.usage import amount
from exporter.domain.usage.amount import ModelAmount
from exporter.domain.usage.bounds import join_cost
from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import ModelUse, UsageSum, merge_by_model
from exporter.store.blocks.blocks import accounts_with_blocks, unsettled_since
from exporter.store.blocks.recent import project_cost, recent_amounts
from exporter.store.blocks.recent_spending import RecentSpending
from exporter.store.database import meta
from exporter.store.usage.labels import Labels
from exporter.store.usage.responses import OTHER_PROVIDERS, usage_between

MAX_REMEMBERED = 4_096


class PastUsage:
    """Caches the usage of spans that end before the last blocks, until something there changes.

    The rest lies in a few blocks, of which sums are kept (`recent`).
    """

    def __init__(self) -> None:
        self._version: str | None = None
        self._sums: dict[tuple[int, int, int | None], list[UsageSum]] = {}
        self.spending = RecentSpending()
        """What was spent in the running windows."""

    def amounts_between(
        self, connection: sqlite3.Connection, labels: Labels, start: int, end: int, account: int | None = None
    ) -> tuple[ModelAmount, ...]:
        """The usage in `[start, end)` ms by model label, of `account` as `responses.usage_between` has it."""
        cut = max(start, min(end, unsettled_since(connection)))
        past = amount.by_model(self._cached(connection, labels, start, cut, account)) if start < cut else ()
        if cut >= end:
            return past
        return amount.merge([*past, *recent_amounts(connection, labels, cut, end, account)])

    def uses_between(
        self, connection: sqlite3.Connection, labels: Labels, start: int, end: int, account: int | None = None
    ) -> list[ModelUse]:
        """The same as uses."""
        return amount.as_uses(self.amounts_between(connection, labels, start, end, account))

    def project_cost(self, connection: sqlite3.Connection, labels: Labels, project: str, start: int) -> int:
        """The nano-dollars that a project, by its name, cost from `start` (ms) on."""
        cut = max(start, unsettled_since(connection))
        past = self._cached(connection, labels, start, cut, None) if start < cut else []
        known = sum(one.cost for one in past if one.project.name == project)
        return known + project_cost(connection, labels, project, cut)

    def _cached(
        self, connection: sqlite3.Connection, labels: Labels, start: int, end: int, account: int | None
    ) -> list[UsageSum]:
        version = meta.past_version(connection)
        if version != self._version or len(self._sums) >= MAX_REMEMBERED:
            self._version = version
            self._sums.clear()
        key = (start, end, account)
        if key not in self._sums:
            self._sums[key] = list(usage_between(connection, labels, *key))
        return self._sums[key]


def uses_between(
    connection: sqlite3.Connection,
    labels: Labels,
    start: int,
    end: int | None = None,
    past: PastUsage | None = None,
    account: int | None = None,
) -> list[ModelUse]:
    """The usage by model label in `[start, end)` ms: of all, or of one account without other providers.

    `end` None: everything from `start` on. Blocks inside the span are not summed again; `past` caches the rest.
    """
    past, until = past or PastUsage(), END_OF_TIME if end is None else end
    accounts = accounts_with_blocks(connection) if account is None else [account]
    parts = [_uses_of(connection, labels, one, start, until, past) for one in accounts]
    if account is None:  # they are in no block
        parts.append(past.uses_between(connection, labels, start, until, OTHER_PROVIDERS))
    return merge_by_model(chain.from_iterable(parts))


def _uses_of(
    connection: sqlite3.Connection, labels: Labels, account: int, start: int, until: int, past: PastUsage
) -> list[ModelUse]:
    first, last = connection.execute(
        "SELECT min(start_at), max(end_at) FROM tracker_blocks WHERE account = ? AND start_at >= ? AND end_at <= ?",
        (account, start, until),
    ).fetchone()
    if first is None:
        return past.uses_between(connection, labels, start, until, account)
    rows = connection.execute(
        "SELECT model, sum(responses), sum(input), sum(output), sum(cache_read), sum(cache_write_5m),"
        " sum(cache_write_1h), sum(cost / 1000000000), sum(cost % 1000000000), sum(unpriced) FROM tracker_block_usage"
        " WHERE account = ? AND start_at >= ? AND start_at < ? GROUP BY model ORDER BY model",
        (account, first, last),
    )
    within = [ModelUse(row[0], row[1], Tokens(*row[2:7]), join_cost(row[7], row[8]), row[9]) for row in rows]
    before = past.uses_between(connection, labels, start, first, account)
    return merge_by_model([*within, *before, *past.uses_between(connection, labels, last, until, account)])
