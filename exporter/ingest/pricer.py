"""Prices responses. Looks up the price list once per model and day."""

from __future__ import annotations

from exporter.domain.usage.pricing import US_PERCENT, Counts, Levels, cost_by_levels, is_in_us, normalize_model
from exporter.sources.prices import DAY_MS, PriceList

HALF_HOUR_MS = 1_800_000
"""Prices that depend on the time of day change at full and half hours."""


class Pricer:
    """A `Price` from one price list."""

    def __init__(self, prices: PriceList) -> None:
        self._prices = prices
        self._known: dict[tuple[str, int, str | None], tuple[Levels, int] | None] = {}
        self._unit: dict[str, int] = {}
        self._providers: dict[str, str | None] = {}

    def __call__(
        self, model: str, at: int, speed: str | None, counts: Counts, web_searches: int, geo: str | None = None, /
    ) -> int | None:
        try:
            key = (model, at // self._unit[model], speed)
            known = self._known[key]
        except KeyError:
            known = self._look_up(model, at, speed)
        if known is None:
            return None
        percent = US_PERCENT if geo is not None and is_in_us(geo) and self.provider(model) is None else 100
        return cost_by_levels(counts, web_searches, *known, percent)

    def provider(self, model: str) -> str | None:
        """Of a model as written: None for Anthropic, and if nothing says it."""
        try:
            return self._providers[model]
        except KeyError:
            found = self._providers[model] = self._prices.provider(normalize_model(model))
            return found

    def _look_up(self, model: str, at: int, speed: str | None) -> tuple[Levels, int] | None:
        name = normalize_model(model)
        unit = self._unit[model] = HALF_HOUR_MS if self._prices.depends_on_hour(name) else DAY_MS
        rates = self._prices.rates(name, at, speed)
        found = self._known[model, at // unit, speed] = (
            (rates.levels(), rates.web_search) if rates is not None else None
        )
        return found
