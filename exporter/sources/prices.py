"""Prices of models: the user's own, else those of the `genai-prices` package, else ours; never from the network.

The package takes 0.2 s to import. What it says of Claude's models is shipped (`exporter.sources.shipped_prices`); its
other answers are cached in a file with the user's other caches, until the package changes. So it is only imported for
a model of another provider not seen before, or with another version. Nothing else is in that file.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from exporter.domain.usage.own_prices import own_prices
from exporter.domain.usage.price_table import NO_PRICES, ModelRates, Table
from exporter.domain.usage.pricing import Rates
from exporter.files import read_file
from exporter.sources.price_package import Span, find_provider, find_spans
from exporter.sources.shipped_prices import data_file, shipped_prices

DAY_MS = 86_400_000
MINUTE_MS = 60_000
FORMAT = 2
"""The version of the file, and of the conversion from prices to rates; files of another version are ignored."""
MAX_MODELS = 1_000
MAX_BYTES = 16 << 20
_MAX_PRICE = 1 << 62
_ORDINARY_SPEEDS = (None, "", "standard")


def version() -> str:
    """The version of `genai-prices`."""
    from importlib.metadata import version as installed

    return installed("genai-prices")


class PriceFile(msgspec.Struct, frozen=True):
    """The content of the cache file. `list`: identifies the installed price list it came from.

    `providers`: by model; None for Anthropic, and if it is not known.
    """

    form: int
    list: str
    models: dict[str, tuple[Span, ...]]
    providers: dict[str, str | None]


class PriceList:
    """Finds a model's rates at a time, and its provider. A model is given by its normalized name.

    `file`: caches the package's answers between runs; None for no cache. `user`: the user's own prices.
    """

    def __init__(self, file: Path | None = None, user: Table = NO_PRICES) -> None:
        self.file = file
        self.user = user
        self._list = _installed_list() if file is not None else ""
        loaded = _load(file, self._list) if file is not None else None
        self._models = loaded.models if loaded is not None else {}
        self._providers = loaded.providers if loaded is not None else {}
        self._changed = False

    def rates(self, model: str, at_ms: int, speed: str | None) -> Rates | None:
        """The rates of `model` at `at_ms`; None if it has no price.

        `speed`: as in the line. None, empty or `standard` mean the ordinary price, `fast` the price of fast mode
        if the model has one at that time. Any other speed has no price.
        """
        if speed not in (*_ORDINARY_SPEEDS, "fast"):
            return None
        fast = speed == "fast"
        found = _pick(self.user.get(model), fast=fast) or self._listed(model, at_ms, fast=fast)
        return found or _pick(own_prices().get(model), fast=fast)

    def provider(self, model: str) -> str | None:
        """The provider of `model`; None for Anthropic, and if the name does not say it."""
        if model in shipped_prices().models:
            return None
        if model not in self._providers:
            self._providers[model] = find_provider(model)
            self._changed = True
        return self._providers[model]

    def depends_on_hour(self, model: str) -> bool:
        """Whether the price of `model` depends on the time of day."""
        return model not in self.user and any(span.hours for span in self._spans(model, fast=False))

    def _listed(self, model: str, at_ms: int, *, fast: bool) -> Rates | None:
        """By the package."""
        day, ms = divmod(at_ms, DAY_MS)
        spans = self._spans(model, fast=fast)
        span = next((span for span in reversed(spans) if span.first_day <= day), spans[0])
        return next((rates for minute, rates in reversed(span.hours) if minute * MINUTE_MS <= ms), span.rates)

    def _spans(self, model: str, *, fast: bool) -> tuple[Span, ...]:
        key = f"{model} fast" if fast else model
        if (shipped := shipped_prices().models.get(key)) is not None:
            return shipped
        if key not in self._models:
            self._models[key] = find_spans(model, fast=fast)
            self._changed = True
        return self._models[key]

    def save(self) -> None:
        """Write the file if anything changed. If the folder is not writable, the next run takes 0.2 s longer."""
        if self.file is None or not self._changed or len(self._models) + len(self._providers) > MAX_MODELS:
            return
        temporary = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        content = PriceFile(FORMAT, self._list, self._models, self._providers)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(msgspec.json.encode(content))
            temporary.replace(self.file)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
        self._changed = False


def _pick(rates: ModelRates | None, *, fast: bool) -> Rates | None:
    if rates is None:
        return None
    return rates.fast if fast else rates.standard


def _load(file: Path, installed: str) -> PriceFile | None:
    try:
        loaded = msgspec.json.decode(read_file(file, MAX_BYTES), type=PriceFile)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    is_valid = all(spans and spans[0].first_day == 0 and all(map(_is_valid, spans)) for spans in loaded.models.values())
    return loaded if is_valid and (loaded.form, loaded.list) == (FORMAT, installed) else None


def _is_valid(span: Span) -> bool:
    return all(map(_are_valid, (span.rates, *(rates for _, rates in span.hours))))


def _are_valid(rates: Rates | None) -> bool:
    if rates is None:
        return True
    *steps, web_search = msgspec.structs.astuple(rates)
    prices = [web_search, *(number for step in steps for pair in step for number in pair)]
    return all(steps) and all(0 <= price < _MAX_PRICE for price in prices)


def _installed_list() -> str:
    """Identifies the installed price list, without importing it."""
    file = data_file()
    if file is None:
        return ""
    package, stat = file.parent, file.stat()
    versions = sorted(path.name for path in package.parent.glob("genai_prices-*.dist-info"))
    return f"{' '.join(versions)} {stat.st_mtime_ns} {stat.st_size}"
