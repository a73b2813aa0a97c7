"""Applies the installed price list to all stored responses."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from typing import Any

import msgspec

from exporter.domain.usage.counting import decode_extras, decode_requests, encode_extras
from exporter.domain.usage.pricing import Price, normalize_model, price_extras, price_requests, provider_by

_STORED = """
SELECT id, model, line_at, speed, input, output, cache_read, cache_write_5m, cache_write_1h,
       web_searches, geo, reported_cost, requests, extras, cost, provider, counted
FROM tracker_responses WHERE id > ? ORDER BY id LIMIT 10000
"""


class Repriced(msgspec.Struct, frozen=True):
    """What repricing changed of a model: responses that count, and their costs in nano-dollars, with extras.

    `priced`, `unpriced`: how many of them have a price only since, and have none any more.
    """

    model: str
    responses: int = 0
    before: int = 0
    after: int = 0
    priced: int = 0
    unpriced: int = 0


def reprice(connection: sqlite3.Connection, price: Price, *, only_unpriced: bool = False) -> list[Repriced]:
    """Set the cost of every stored copy to its current price, and the provider of its model.

    Returns what changed of the costs of responses that count, by model. `only_unpriced`: leave the costs there are.
    """
    found: defaultdict[str, list[Repriced]] = defaultdict(list)
    last = 0
    while rows := connection.execute(_STORED, (last,)).fetchall():
        last = rows[-1][0]
        updates = []
        for row in rows:
            now = _repriced(row, price, only_unpriced=only_unpriced)
            *_, extras, cost, provider, counted = row
            if now != (cost, extras, provider):
                updates.append((*now, row[0]))
                if counted and now[:2] != (cost, extras):
                    change = _change(row[1], (cost, extras), now[:2])
                    found[change.model].append(change)
        connection.executemany("UPDATE tracker_responses SET cost = ?, extras = ?, provider = ? WHERE id = ?", updates)
    return [_sum(model, changes) for model, changes in sorted(found.items())]


def _repriced(row: tuple[Any, ...], price: Price, *, only_unpriced: bool) -> tuple[int | None, str | None, str | None]:
    """The cost, extras and provider now."""
    _, model, at, speed, *counts, web_searches, geo, reported_cost, requests, stored, cost, _, _ = row
    provider = provider_by(price)(model)
    new_cost = reported_cost
    if reported_cost is None and only_unpriced and cost is not None:
        new_cost = cost
    elif reported_cost is None:
        sizes = decode_requests(requests) if requests else (tuple(counts),)
        new_cost = price_requests(price, model, at, speed, sizes, web_searches, geo)
    extras = decode_extras(stored) if stored else ()
    new_extras = price_extras(extras, model, at, speed, reported_cost, price, geo)
    if only_unpriced:
        new_extras = tuple(new if old.cost is None else old for old, new in zip(extras, new_extras, strict=True))
    return new_cost, stored if new_extras == extras else encode_extras(new_extras), provider


Costs = tuple[int | None, str | None]
"""The stored cost and extras of a response."""


def _change(model: str, before: Costs, after: Costs) -> Repriced:
    return Repriced(
        normalize_model(model), 1, _total(before), _total(after),
        int(_has_gap(before) and not _has_gap(after)), int(_has_gap(after) and not _has_gap(before)),
    )  # fmt: skip


def _total(costs: Costs) -> int:
    cost, extras = costs
    return (cost or 0) + sum(one.cost or 0 for one in (decode_extras(extras) if extras else ()))


def _has_gap(costs: Costs) -> bool:
    cost, extras = costs
    return cost is None or any(one.cost is None for one in (decode_extras(extras) if extras else ()))


def _sum(model: str, changes: list[Repriced]) -> Repriced:
    columns = zip(*(msgspec.structs.astuple(change)[1:] for change in changes), strict=True)
    return Repriced(model, *map(sum, columns))
