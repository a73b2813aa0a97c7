"""Prices responses. Looks up the price list once per model and day."""

from __future__ import annotations

from exporter.domain.usage.pricing import Counts, Levels, cost_by_levels, normalize_model
from exporter.sources.prices import DAY_MS, PriceList


class Pricer:
    """A `Price` from one price list."""

    def __init__(self, prices: PriceList) -> None:
        self._prices = prices
        self._known: dict[tuple[str, int, str | None], tuple[Levels, int] | None] = {}

    def __call__(self, model: str, at: int, speed: str | None, counts: Counts, web_searches: int) -> int | None:
        key = (model, at // DAY_MS, speed)
        try:
            known = self._known[key]
        except KeyError:
            rates = self._prices.rates(normalize_model(model), at, speed)
            known = self._known[key] = (rates.levels(), rates.web_search) if rates is not None else None
        return cost_by_levels(counts, web_searches, *known) if known is not None else None
