"""The cost of a response: normalized model names, rates, and the sum.

Money is counted in whole nano-dollars (1e-9 $). Rates are kept in pico-dollars (1e-12 $), so that a price of
$0.000001 per million tokens is still a whole number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Protocol

import msgspec

from exporter.domain.text import printable
from exporter.domain.usage.bounds import MAX_STORED
from exporter.domain.usage.counting import Extra
from exporter.domain.usage.tokens import Tokens

PICO_PER_NANO = 1_000
NANO_PER_USD = 1_000_000_000
UNKNOWN_MODEL = "unknown"

Steps = tuple[tuple[int, int], ...]
"""(threshold, pico-dollars) in rising order, the base price first with threshold 0."""

Counts = tuple[int, int, int, int, int]
"""Tokens by type, in the order of `Tokens`' fields."""
Levels = tuple[tuple[int, tuple[int, int, int, int, int]], ...]
"""(request size, pico-dollars per token of each type in a larger request), the largest first, the last is -1."""

_PROVIDER = r"^(?:(?:[a-z-]+\.)?anthropic\.)+"
_SUFFIXES = r"""(?: \[[^\[\]]*\]                     # [1m], or any other bracket
          | @\w*                             # @20250929, as on Vertex
          | (?<!^claude) -v\d+ (?: :\w+ )*   # -v1:0, as on Bedrock; 'claude-v2' is a model's own name
          | -20\d\d-?[01]\d-?[0-3]\d         # -20251101
        )+$"""
_SUFFIXES_OF_OTHERS = _SUFFIXES.replace(r"(?: :\w+ )*", r"(?: :\d+ )+")  # 'deepseek-v3' is a model's own name, too

US_PERCENT = 110
"""Inference in the US only (`inference_geo`) costs 1.1 times as much: tokens of every type, but not web searches."""


class Rates(msgspec.Struct, frozen=True):
    """The price of one token of each type, and of one web search, at one time: pico-dollars.

    A token type may have several steps: `((0, 3_000_000), (200_000, 6_000_000))` is $3 per million, and $6
    in a request with **more** than 200,000 tokens of input in total, cached or not. That request pays the
    higher price for all its tokens of the type, not only for those above the threshold.
    """

    input: Steps
    output: Steps
    cache_read: Steps
    cache_write_5m: Steps
    cache_write_1h: Steps
    web_search: int

    def levels(self) -> Levels:
        """The rates by request size: for each size at which any price changes, all prices above it."""
        steps = (self.input, self.output, self.cache_read, self.cache_write_5m, self.cache_write_1h)
        thresholds = {threshold for step in steps for threshold, _ in step[1:]}
        sizes = [*sorted(thresholds, reverse=True), -1]
        return tuple((size, tuple(price_of(step, size + 1) for step in steps)) for size in sizes)  # type: ignore[misc]


@lru_cache(maxsize=1024)
def normalize_model(name: str) -> str:
    """The model's bare name in lower case, without provider, path, version, date or `[1m]`.

    `us.anthropic.claude-opus-4-5-20251101-v1:0` is `claude-opus-4-5`; a blank name is `unknown`.
    Cached, because every line has one of a few names; the patterns are compiled on first use.
    """
    bare = printable(name.rsplit("/", 1)[-1]).strip().lower()
    bare = re.sub(_PROVIDER, "", bare)
    suffixes = _SUFFIXES if bare.startswith("claude") else _SUFFIXES_OF_OTHERS
    bare = re.sub(suffixes, "", bare, flags=re.VERBOSE).strip()
    return bare or UNKNOWN_MODEL


def price_of(steps: Steps, all_input: int) -> int:
    """The price for a request with `all_input` tokens: that of the highest step it exceeds."""
    for threshold, price in reversed(steps):
        if all_input > threshold:
            return price
    return steps[0][1]


def is_in_us(geo: str | None) -> bool:
    """Whether a response was served where tokens cost `US_PERCENT`. `geo`: its `inference_geo`."""
    return geo == "us"


def cost(tokens: Tokens, web_searches: int, rates: Rates, percent: int = 100) -> int:
    """Nano-dollars of **one** response, rounded half up. `percent`: of the rates, that the tokens cost.

    Do not price a sum of responses: long-context prices depend on the input of each request.
    """
    return cost_by_levels(msgspec.structs.astuple(tokens), web_searches, rates.levels(), rates.web_search, percent)


def cost_by_levels(counts: Counts, web_searches: int, levels: Levels, web_search: int, percent: int = 100) -> int:
    """`cost`, for a caller that caches the levels of its rates."""
    uncached, output, read, five_minutes, hour = counts
    size = uncached + read + five_minutes + hour
    a, b, c, d, e = levels[-1][1]
    for threshold, prices in levels[:-1]:
        if size > threshold:
            a, b, c, d, e = prices
            break
    pico = uncached * a + output * b + read * c + five_minutes * d + hour * e
    if percent == 100:
        return min((pico + web_searches * web_search + PICO_PER_NANO // 2) // PICO_PER_NANO, MAX_STORED)
    hundredths, unit = pico * percent + web_searches * web_search * 100, PICO_PER_NANO * 100
    return min((hundredths + unit // 2) // unit, MAX_STORED)


class Price(Protocol):
    """The cost of one response in nano-dollars, None if it has no price. `model`: as written; `at`: ms."""

    def __call__(
        self, model: str, at: int, speed: str | None, counts: Counts, web_searches: int, geo: str | None, /
    ) -> int | None: ...


def provider_by(price: Price) -> Callable[[str], str | None]:
    """How `price` names the provider of a model as written: None for Anthropic, and if it does not know it."""
    return getattr(price, "provider", _no_provider)


def _no_provider(_: str) -> None:
    return None


def price_requests(
    price: Price,
    model: str,
    at: int,
    speed: str | None,
    requests: Iterable[Counts],
    web_searches: int,
    geo: str | None = None,
) -> int | None:
    """The cost of a response with these requests, nano-dollars: long-context prices depend on the size of each."""
    total = 0
    for counts in requests:
        cost = price(model, at, speed, counts, web_searches, geo)
        if cost is None:
            return None
        total, web_searches = total + cost, 0
    return min(total, MAX_STORED)


def price_extras(
    extras: Iterable[Extra],
    model: str,
    at: int,
    speed: str | None,
    reported_cost: int | None,
    price: Price,
    geo: str | None = None,
) -> tuple[Extra, ...]:
    """Set the costs of the extras of a response. Those of its own model ran at its speed; all where it ran.

    The client's own cost covers the entire line, so with it they cost nothing more.
    """

    def cost_of(extra: Extra) -> int | None:
        if reported_cost is not None:
            return 0
        own_speed = speed if extra.model == model else None
        return price(extra.model, at, own_speed, msgspec.structs.astuple(extra.tokens), 0, geo)

    return tuple(msgspec.structs.replace(extra, cost=cost_of(extra)) for extra in extras)


def usd(nano: float) -> float:
    """Convert nano-dollars to dollars, for display; add up in nano-dollars first."""
    return nano / NANO_PER_USD
