"""Dated prices of Anthropic's models, from the `genai-prices` package and never from the network.

That package takes 0.2 s to import, so what it said is kept in a file beside the user's other caches, for as long
as the package stays the same: only a model that was never met, or a new price list, imports it.
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

if TYPE_CHECKING:  # the package's types only; importing it here would cost every command 0.2 s
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

DAY_MS = 86_400_000
FORM = 1
"""Of the file, and of how rates are made from prices; another one is not read."""
MOST_MODELS = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PICO_PER_USD = Decimal(10) ** 12
_TOKENS = 1_000_000  # the package prices a million tokens
_SEARCHES = 1_000  # and a thousand searches
_MOST = 1 << 62
_FREE: Steps = ((0, 0),)
_ORDINARY_SPEEDS = (None, "", "standard")


def version() -> str:
    """The version of `genai-prices`."""
    from importlib.metadata import version as installed

    return installed("genai-prices")


class Span(msgspec.Struct, frozen=True, array_like=True):
    """What a model cost from one day up to the next span's first; days since 1970, UTC, the first also before.

    None: it had no price.
    """

    first_day: int
    rates: Rates | None


class Kept(msgspec.Struct, frozen=True):
    """The file. `list`: which price list, as installed, said so."""

    form: int
    list: str
    models: dict[str, tuple[Span, ...]]


class PriceBook:
    """Answers what a model cost on a day. `file`: where the answers are kept between runs, None for nowhere.

    Prices change by the day (UTC), so each day is asked for at its midnight.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self._list = _installed_list() if file is not None else ""
        self._models = _read(file, self._list) if file is not None else {}
        self._changed = False

    def rates(self, model: str, at_ms: int, speed: str | None) -> Rates | None:
        """The rates of `model` (a normalized name) at `at_ms`; None where it has no price.

        `speed` is the line's own: None, empty or `standard` are the ordinary price, `fast` that of fast mode
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

    def keep(self) -> None:
        """Write the file if there is anything new; a folder that cannot be written costs the next run 0.2 s."""
        if self.file is None or not self._changed or len(self._models) > MOST_MODELS:
            return
        made = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            made.write_bytes(msgspec.json.encode(Kept(FORM, self._list, self._models)))
            made.replace(self.file)
        except OSError:
            with suppress(OSError):
                made.unlink()
        self._changed = False


def _read(file: Path, installed: str) -> dict[str, tuple[Span, ...]]:
    try:
        if not file.is_file():  # opening a pipe would wait
            return {}
        kept = msgspec.json.decode(file.read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    whole = all(spans and spans[0].first_day == 0 and all(map(_is_whole, spans)) for spans in kept.models.values())
    return kept.models if whole and (kept.form, kept.list) == (FORM, installed) else {}


def _is_whole(span: Span) -> bool:
    if span.rates is None:
        return True
    *steps, web_search = msgspec.structs.astuple(span.rates)
    prices = [web_search, *(number for step in steps for pair in step for number in pair)]
    return all(steps) and all(0 <= price < _MOST for price in prices)


def _installed_list() -> str:
    """What tells one installed price list from another, without importing it."""
    found = PathFinder.find_spec("genai_prices")
    if found is None or found.origin is None:
        return ""
    package = Path(found.origin).parent
    stat = (package / "data.py").stat()
    versions = sorted(path.name for path in package.parent.glob("genai_prices-*.dist-info"))
    return f"{' '.join(versions)} {stat.st_mtime_ns} {stat.st_size}"


def _spans(model: str, *, fast: bool) -> list[Span]:
    """A model's prices from the first day on."""
    return [Span(day, _listed(model, _EPOCH + timedelta(days=day), fast=fast)) for day in (0, *_changes(model))]


def _changes(model: str) -> Sequence[int]:
    """The days on which a price of the model begins, in order; times of day cannot matter at midnight."""
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
