"""Dated prices of Anthropic's models, from the `genai-prices` package and never from the network.

That package takes 0.2 s to import, so it is imported at the first look-up and not with this module.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from exporter.domain.pricing import Rates, Steps

if TYPE_CHECKING:  # the package's types only; importing it here would cost every command 0.2 s
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PICO_PER_USD = Decimal(10) ** 12
_TOKENS = 1_000_000  # the package prices a million tokens
_SEARCHES = 1_000  # and a thousand searches
_FREE: Steps = ((0, 0),)


def version() -> str:
    """The version of `genai-prices`, to be kept with what was priced by it."""
    from importlib.metadata import version as installed

    return installed("genai-prices")


class PriceBook:
    """Answers what a model cost on a day; the second question about the same day is a dict look-up.

    Prices change by the day (UTC), so each day is asked for at its midnight.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, str | None], Rates | None] = {}
        self._equal: dict[Rates, Rates] = {}

    def rates(self, model: str, at_ms: int, speed: str | None) -> Rates | None:
        """The rates of `model` (a normalized name) at `at_ms`; None where it has no price.

        `speed` is the line's own: None, empty or `standard` are the ordinary price, `fast` that of fast mode
        if the model has one at that time. Any other speed has no price.
        """
        key = (model, at_ms // DAY_MS, speed)
        try:
            return self._known[key]
        except KeyError:
            return self._known.setdefault(key, self._look_up(*key))

    def _look_up(self, model: str, day: int, speed: str | None) -> Rates | None:
        if speed not in (None, "", "standard", "fast"):
            return None
        found = _listed(model, _EPOCH + timedelta(days=day), fast=speed == "fast")
        return None if found is None else self._equal.setdefault(found, found)


def _listed(model: str, at: datetime, *, fast: bool) -> Rates | None:
    """The rates in the package's list, None where the model or its fast mode is not in it."""
    from genai_prices import Usage, calc_price

    try:
        entry = calc_price(
            Usage(),
            model,
            provider_id="anthropic",
            genai_request_timestamp=at,
            price_context={"speed": "fast"} if fast else None,
        )
    except LookupError:
        return None
    # Asked for a fast price it does not have, the package answers with the standard one.
    if fast and not _has_fast_mode(entry.model, at):
        return None
    return rates_of(entry.model_price)


def _has_fast_mode(model: ModelInfo, at: datetime) -> bool:
    return any(
        variant.when == {"speed": "fast"} and (variant.constraint is None or variant.constraint.active(at))
        for variant in model.price_variants or ()
    )


def rates_of(price: ModelPrice) -> Rates | None:
    """The package's prices as rates; None without a price for input or output.

    What has no price of its own is counted by the package with the kind it belongs to: a 1-hour cache write
    with the cache writes, these and the cache reads with the input. Web searches without a price are free.
    """
    if price.input_mtok is None or price.output_mtok is None:
        return None
    written = _first(price.cache_write_mtok, price.input_mtok)
    return Rates(
        input=_steps(price.input_mtok, _TOKENS),
        output=_steps(price.output_mtok, _TOKENS),
        cache_read=_steps(_first(price.cache_read_mtok, price.input_mtok), _TOKENS),
        cache_write_5m=_steps(_first(price.cache_write_5m_mtok, written), _TOKENS),
        cache_write_1h=_steps(_first(price.cache_write_1h_mtok, written), _TOKENS),
        web_search=_steps(price.web_searches_kcount, _SEARCHES)[0][1],
    )


def _first(own: Decimal | TieredPrices | None, general: Decimal | TieredPrices | None) -> Decimal | TieredPrices | None:
    return general if own is None else own


def _steps(price: Decimal | TieredPrices | None, per: int) -> Steps:
    """Pico-dollars for one of what the package prices by `per`."""
    if price is None:
        return _FREE
    if isinstance(price, Decimal):
        return ((0, _pico(price, per)),)
    tiers = ((tier.start, _pico(tier.price, per)) for tier in price.tiers)
    return ((0, _pico(price.base, per)), *tiers)


def _pico(dollars: Decimal, per: int) -> int:
    return int((dollars * _PICO_PER_USD / per).to_integral_value(ROUND_HALF_UP))
