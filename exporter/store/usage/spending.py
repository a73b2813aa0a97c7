"""What was spent over time, for forecasts and window sizes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from exporter.domain.forecast.uses import Uses, uses_of
from exporter.domain.periods import family_of
from exporter.domain.usage.counting import decode_extras
from exporter.domain.usage.pricing import normalize_model

_SPENT = """
SELECT at, model, coalesce(cost, 0), extras FROM tracker_responses
WHERE counted AND at >= ? AND at < ? AND account = ? AND provider IS NULL ORDER BY at
"""


def spending(connection: sqlite3.Connection, account: int, start: int, end: int, family: str | None = None) -> Uses:
    """An account's responses in `[start, end)` ms with their costs, extras included; of one model family, or all.

    Without other providers: they use up no window.
    """
    return uses_of(_spent(connection, account, start, end, family))


def _spent(
    connection: sqlite3.Connection, account: int, start: int, end: int, family: str | None
) -> Iterator[tuple[int, int]]:
    families: dict[str, bool] = {}

    def counts(model: str) -> bool:
        if model not in families:
            families[model] = family is None or family_of(normalize_model(model)) == family
        return families[model]

    for at, model, own, extras in connection.execute(_SPENT, (start, end, account)):
        cost = own if counts(model) else 0
        if extras:
            cost += sum(one.cost or 0 for one in decode_extras(extras) if counts(one.model))
        if cost or family is None:
            yield at, cost
