"""Dated prices of Anthropic's models, from the `genai-prices` package, never from the network.

The package takes 0.2 s to import, so its answers are cached in a file with the user's other caches, until the
package changes: it is only imported for a model not seen before or a new price list.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from exporter.domain.usage.pricing import Rates, Steps
from exporter.files import read_file

if TYPE_CHECKING:  # the package's types only; importing it here would cost every command 0.2 s
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

DAY_MS = 86_400_000
FORMAT = 1
"""The version of the file, and of the conversion from prices to rates; files of another version are ignored."""
MAX_MODELS = 1_000
MAX_BYTES = 16 << 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PICO_PER_USD = Decimal(10) ** 12
_TOKENS = 1_000_000  # the package's prices are per million tokens
_SEARCHES = 1_000  # and per thousand searches
_MAX_PRICE = 1 << 62
_FREE: Steps = ((0, 0),)
_ORDINARY_SPEEDS = (None, "", "standard")


def version() -> str:
    """The version of `genai-prices`."""
    from importlib.metadata import version as installed

    return installed("genai-prices")


class Span(msgspec.Struct, frozen=True, array_like=True):
    """A model's rates from one day until the next span's first day; days since 1970, UTC.

    The first span also covers all earlier days. `rates`: None if the model had no price.
    """

    first_day: int
    rates: Rates | None


class PriceFile(msgspec.Struct, frozen=True):
    """The content of the cache file. `list`: identifies the installed price list it came from."""

    form: int
    list: str
    models: dict[str, tuple[Span, ...]]


class PriceList:
    """Finds a model's rates on a day. `file`: caches the answers between runs; None for no cache.

    Prices change by the day (UTC), so each day is queried at its midnight.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self._list = _installed_list() if file is not None else ""
        self._models = _load(file, self._list) if file is not None else {}
        self._changed = False

    def rates(self, model: str, at_ms: int, speed: str | None) -> Rates | None:
        """The rates of `model` (a normalized name) at `at_ms`; None if it has no price.

        `speed`: as in the line. None, empty or `standard` mean the ordinary price, `fast` the price of fast mode
        if the model has one at that time. Any other speed has no price.
        """
        if speed not in (*_ORDINARY_SPEEDS, "fast"):
            return None
        key = model if speed != "fast" else f"{model} fast"
        spans = self._models.get(key)
        if spans is None:
            spans = self._models[key] = tuple(_spans(model, fast=speed == "fast"))
            self._changed = True
        day = at_ms // DAY_MS
        return next((span.rates for span in reversed(spans) if span.first_day <= day), spans[0].rates)

    def save(self) -> None:
        """Write the file if anything changed. If the folder is not writable, the next run takes 0.2 s longer."""
        if self.file is None or not self._changed or len(self._models) > MAX_MODELS:
            return
        temporary = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(msgspec.json.encode(PriceFile(FORMAT, self._list, self._models)))
            temporary.replace(self.file)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
        self._changed = False


def _load(file: Path, installed: str) -> dict[str, tuple[Span, ...]]:
    try:
        loaded = msgspec.json.decode(read_file(file, MAX_BYTES), type=PriceFile)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    is_valid = all(spans and spans[0].first_day == 0 and all(map(_is_valid, spans)) for spans in loaded.models.values())
    return loaded.models if is_valid and (loaded.form, loaded.list) == (FORMAT, installed) else {}


def _is_valid(span: Span) -> bool:
    if span.rates is None:
        return True
    *steps, web_search = msgspec.structs.astuple(span.rates)
    prices = [web_search, *(number for step in steps for pair in step for number in pair)]
    return all(steps) and all(0 <= price < _MAX_PRICE for price in prices)


def _installed_list() -> str:
    """Identifies the installed price list, without importing it."""
    found = PathFinder.find_spec("genai_prices")
    if found is None or found.origin is None:
        return ""
    package = Path(found.origin).parent
    stat = (package / "data.py").stat()
    versions = sorted(path.name for path in package.parent.glob("genai_prices-*.dist-info"))
    return f"{' '.join(versions)} {stat.st_mtime_ns} {stat.st_size}"


def _spans(model: str, *, fast: bool) -> list[Span]:
    """A model's rates over time."""
    return [Span(day, _find_rates(model, _EPOCH + timedelta(days=day), fast=fast)) for day in (0, *_change_days(model))]


def _change_days(model: str) -> Sequence[int]:
    """The days on which a price of the model starts, in order. Prices are queried at midnight; times do not matter."""
    from genai_prices import Usage, calc_price
    from genai_prices.types import StartDateConstraint

    try:
        entry = calc_price(Usage(), model, provider_id="anthropic", genai_request_timestamp=_EPOCH)
    except LookupError:
        return ()
    prices = entry.model.prices if isinstance(entry.model.prices, list) else ()
    constraints = (each.constraint for each in (*prices, *(entry.model.price_variants or ())))
    days = {(c.start_date - _EPOCH.date()).days for c in constraints if isinstance(c, StartDateConstraint)}
    return sorted(day for day in days if day > 0)


def _find_rates(model: str, at: datetime, *, fast: bool) -> Rates | None:
    """The rates in the package's list; None if the model or its fast mode is not listed."""
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
    # For a fast price that it does not have, the package returns the standard price.
    if fast and not _has_fast_mode(entry.model, at):
        return None
    return rates_of(entry.model_price)


def _has_fast_mode(model: ModelInfo, at: datetime) -> bool:
    return any(
        variant.when == {"speed": "fast"} and (variant.constraint is None or variant.constraint.active(at))
        for variant in model.price_variants or ()
    )


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
        return ((0, _pico(price, per)),)
    tiers = ((tier.start, _pico(tier.price, per)) for tier in price.tiers)
    return ((0, _pico(price.base, per)), *tiers)


def _pico(dollars: Decimal, per: int) -> int:
    return int((dollars * _PICO_PER_USD / per).to_integral_value(ROUND_HALF_UP))
