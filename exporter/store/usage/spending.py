"""What was spent over time, for forecasts and window sizes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from exporter.domain.forecast.uses import Uses, uses_of
from exporter.domain.periods import family_of
from exporter.domain.usage.counting import decode_extras
from exporter.domain.usage.pricing import normalize_model

_SPENT = """
SELECT at, coalesce(cost, 0), extras, model FROM tracker_responses
WHERE counted AND at >= ? AND at < ? AND account = ? AND provider IS NULL ORDER BY at
"""


class Spending:
    """An account's responses in `[start, end)` ms. Without other providers: they use up no window."""

    def __init__(self, connection: sqlite3.Connection, account: int, start: int, end: int) -> None:
        self._rows: list[tuple[int, int, str | None, str]] = connection.execute(
            _SPENT, (start, end, account)
        ).fetchall()

    def uses(self, family: str | None = None) -> Uses:
        """With their costs, extras included; of one model family, or all."""
        if family is not None:
            return uses_of(self._of_family(family))
        return uses_of([(at, cost if extras is None else cost + _extras(extras)) for at, cost, extras, _ in self._rows])

    def _of_family(self, family: str) -> Iterator[tuple[int, int]]:
        families: dict[str, bool] = {}

        def counts(model: str) -> bool:
            if model not in families:
                families[model] = family_of(normalize_model(model)) == family
            return families[model]

        for at, own, extras, model in self._rows:
            cost = own if counts(model) else 0
            if extras is not None:
                cost += sum(one.cost or 0 for one in decode_extras(extras) if counts(one.model))
            if cost:
                yield at, cost


def _extras(encoded: str) -> int:
    return sum(one.cost or 0 for one in decode_extras(encoded))
