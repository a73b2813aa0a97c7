"""What the `genai-prices` package says of a model: its provider, and its prices over time.

Its import takes 0.2 s: every function here imports it when called. `exporter.sources.prices` caches the answers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from exporter.domain.usage.price_table import pico_dollars
from exporter.domain.usage.pricing import UNKNOWN_MODEL, Rates, Steps

if TYPE_CHECKING:  # the package's types only; importing it here would cost every command 0.2 s
    from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ANTHROPIC = "anthropic"
CATALOGUE = "openrouter"
"""The package's list of a gateway for the models of all vendors, as `vendor/model`."""
MIN_FAMILY = 5
"""Models that a vendor has under one first word, before the word alone says that a model is its."""
_TOKENS = 1_000_000  # the package's prices are per million tokens
_SEARCHES = 1_000  # and per thousand searches
_FREE: Steps = ((0, 0),)
_HALF_HOUR = 30


class Span(msgspec.Struct, frozen=True, array_like=True):
    """A model's rates from one day until the next span's first day; days since 1970, UTC.

    The first span also covers all earlier days. `rates`: None if the model had no price. `hours`: where the price
    depends on the time of day, (first minute, rates), the first from midnight on; `rates` is that of midnight.
    """

    first_day: int
    rates: Rates | None
    hours: tuple[tuple[int, Rates | None], ...] = ()


def find_provider(model: str) -> str | None:
    """The provider of a model (a normalized name): None for Anthropic, and if the name does not say it.

    The package says which names its providers use; else the gateway's list says whose model it is.
    """
    found = _provider_and_model(model)
    return None if found is None else found[0]


def find_spans(model: str, *, fast: bool) -> tuple[Span, ...]:
    """A model's rates over time, by the list of its own provider.

    What follows a colon in another provider's name (`:free`, `:cloud`) is another offer, whose price nothing says.
    """
    entry = _entry(model)
    return tuple(_span(entry, day, fast=fast) for day in (0, *_change_days(entry)))


def find_rates(model: str, at: datetime, *, fast: bool) -> Rates | None:
    """The rates in the package's list; None if the model or its fast mode is not listed."""
    return _rates(_entry(model), at, fast=fast)


def _span(entry: ModelInfo | None, day: int, *, fast: bool) -> Span:
    at = EPOCH + timedelta(days=day)
    hours: list[tuple[int, Rates | None]] = []
    for minute in range(0, 24 * 60, _HALF_HOUR) if _depends_on_hour(entry) else ():
        rates = _rates(entry, at + timedelta(minutes=minute), fast=fast)
        if not hours or hours[-1][1] != rates:
            hours.append((minute, rates))
    return Span(day, _rates(entry, at, fast=fast), tuple(hours) if len(hours) > 1 else ())


def _rates(entry: ModelInfo | None, at: datetime, *, fast: bool) -> Rates | None:
    # For a fast price that it does not have, the package returns the standard price.
    if entry is None or (fast and not _has_fast_mode(entry, at)):
        return None
    return rates_of(entry.get_prices(at, {"speed": "fast"} if fast else None))


def _has_fast_mode(entry: ModelInfo, at: datetime) -> bool:
    return any(
        variant.when == {"speed": "fast"} and (variant.constraint is None or variant.constraint.active(at))
        for variant in entry.price_variants or ()
    )


def _constraints(entry: ModelInfo | None) -> list[object]:
    if entry is None:
        return []
    prices = entry.prices if isinstance(entry.prices, list) else ()
    return [each.constraint for each in (*prices, *(entry.price_variants or ()))]


def _change_days(entry: ModelInfo | None) -> Sequence[int]:
    """The days on which a price of the model starts, in order."""
    from genai_prices.types import StartDateConstraint

    found = _constraints(entry)
    days = {(one.start_date - EPOCH.date()).days for one in found if isinstance(one, StartDateConstraint)}
    return sorted(day for day in days if day > 0)


def _depends_on_hour(entry: ModelInfo | None) -> bool:
    from genai_prices.types import TimeOfDateConstraint

    return any(isinstance(one, TimeOfDateConstraint) for one in _constraints(entry))


def rates_of(price: ModelPrice) -> Rates | None:
    """Convert the package's prices to rates; None without a price for input or output.

    As in the package, a missing price falls back to the more general one: a 1-hour cache write to the cache
    write, cache writes and reads to the input. Web searches without a price are free.
    """
    if price.input_mtok is None or price.output_mtok is None:
        return None
    cache_write = _first(price.cache_write_mtok, price.input_mtok)
    return Rates(
        input=_steps(price.input_mtok, _TOKENS),
        output=_steps(price.output_mtok, _TOKENS),
        cache_read=_steps(_first(price.cache_read_mtok, price.input_mtok), _TOKENS),
        cache_write_5m=_steps(_first(price.cache_write_5m_mtok, cache_write), _TOKENS),
        cache_write_1h=_steps(_first(price.cache_write_1h_mtok, cache_write), _TOKENS),
        web_search=_steps(price.web_searches_kcount, _SEARCHES)[0][1],
    )


def _first(own: Decimal | TieredPrices | None, general: Decimal | TieredPrices | None) -> Decimal | TieredPrices | None:
    return general if own is None else own


def _steps(price: Decimal | TieredPrices | None, per: int) -> Steps:
    """Convert a price per `per` units to pico-dollars per unit."""
    if price is None:
        return _FREE
    if isinstance(price, Decimal):
        return ((0, pico_dollars(price, per)),)
    tiers = ((tier.start, pico_dollars(tier.price, per)) for tier in price.tiers)
    return ((0, pico_dollars(price.base, per)), *tiers)


def _entry(model: str) -> ModelInfo | None:
    """The model in the list of Anthropic, or of its own provider."""
    from genai_prices.data import providers

    own = _provider_and_model(model)
    if own is None:
        return next(one for one in providers if one.id == ANTHROPIC).find_model(model)
    return own[1] if ":" not in model else None


def _provider_and_model(model: str) -> tuple[str, ModelInfo | None] | None:
    """The provider of another vendor's model, and the model in its list, if it is there."""
    from genai_prices.data import providers

    bare = model.partition(":")[0]
    if not bare or bare == UNKNOWN_MODEL:
        return None
    named = next((one for one in providers if one.model_match is not None and one.model_match.is_match(bare)), None)
    if named is not None and named.id == ANTHROPIC:
        return None
    vendor = _vendor(bare)
    own = [one for one in (named, _provider_of(vendor, providers)) if one is not None]
    for provider in own:
        if (found := provider.find_model(bare)) is not None:
            return provider.id, found
    return (own[0].id, None) if own else (vendor, None) if vendor is not None else None


def _provider_of(vendor: str | None, providers: Sequence[Provider]) -> Provider | None:
    """The provider with a vendor's name: `z-ai` is `zai`."""
    wanted = (vendor or "").replace("-", "")
    return next(
        (one for one in providers if one.id not in (ANTHROPIC, CATALOGUE) and one.id.replace("-", "") == wanted), None
    )


def _vendor(bare: str) -> str | None:
    """Whose model it is by the gateway's list: that model, or many that begin with the same word."""
    by_name, by_word = _vendors()
    if any(letter.isdigit() for letter in bare) and bare in by_name:  # without a version a name may be anything
        return by_name[bare]
    return by_word.get(_first_word(bare))


def _first_word(name: str) -> str:
    found = re.match("[a-z]+", name)
    return found[0] if found is not None else ""


@cache
def _vendors() -> tuple[dict[str, str], dict[str, str]]:
    """The vendors in the gateway's list by model, and by the first word of many of their models, and of no other's."""
    from genai_prices.data import providers

    names: defaultdict[str, set[str]] = defaultdict(set)
    words: defaultdict[str, list[str]] = defaultdict(list)
    catalogue = next((one.models for one in providers if one.id == CATALOGUE), [])
    for vendor, _, name in (entry.id.lower().lstrip("~").partition("/") for entry in catalogue):
        bare = name.partition(":")[0]
        if bare and vendor not in (ANTHROPIC, CATALOGUE) and vendor not in names[bare]:
            names[bare].add(vendor)
            words[_first_word(bare)].append(vendor)
    by_name = {name: next(iter(vendors)) for name, vendors in names.items() if len(vendors) == 1}
    by_word = {word: own[0] for word, own in words.items() if len(own) >= MIN_FAMILY and len(set(own)) == 1}
    return by_name, {word: vendor for word, vendor in by_word.items() if len(word) > 1}
