"""The cost of a response: normalized model names, rates, and the sum.

Money is counted in whole nano-dollars (1e-9 $). Rates are kept in pico-dollars (1e-12 $), so that a price of
$0.000001 per million tokens is still a whole number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

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
    bare = re.sub(_SUFFIXES, "", re.sub(_PROVIDER, "", bare), flags=re.VERBOSE).strip()
    return bare or UNKNOWN_MODEL


def price_of(steps: Steps, all_input: int) -> int:
    """The price for a request with `all_input` tokens: that of the highest step it exceeds."""
    for threshold, price in reversed(steps):
        if all_input > threshold:
            return price
    return steps[0][1]


def cost(tokens: Tokens, web_searches: int, rates: Rates) -> int:
    """Nano-dollars of **one** response, rounded half up.

    Do not price a sum of responses: long-context prices depend on the input of each request.
    """
    return cost_by_levels(msgspec.structs.astuple(tokens), web_searches, rates.levels(), rates.web_search)


def cost_by_levels(counts: Counts, web_searches: int, levels: Levels, web_search: int) -> int:
    """`cost`, for a caller that caches the levels of its rates."""
    uncached, output, read, five_minutes, hour = counts
    size = uncached + read + five_minutes + hour
    a, b, c, d, e = levels[-1][1]
    for threshold, prices in levels[:-1]:
        if size > threshold:
            a, b, c, d, e = prices
            break
    pico = uncached * a + output * b + read * c + five_minutes * d + hour * e + web_searches * web_search
    return min((pico + PICO_PER_NANO // 2) // PICO_PER_NANO, MAX_STORED)


Price = Callable[[str, int, str | None, Counts, int], int | None]
"""The cost of one response: (model as written, time, speed, tokens by type, web searches) -> nano-dollars, None if it
has no price."""


def price_requests(
    price: Price, model: str, at: int, speed: str | None, requests: Iterable[Counts], web_searches: int
) -> int | None:
    """The cost of a response with these requests, nano-dollars: long-context prices depend on the size of each."""
    total = 0
    for counts in requests:
        cost = price(model, at, speed, counts, web_searches)
        if cost is None:
            return None
        total, web_searches = total + cost, 0
    return min(total, MAX_STORED)


def price_extras(
    extras: Iterable[Extra], model: str, at: int, speed: str | None, reported_cost: int | None, price: Price
) -> tuple[Extra, ...]:
    """Set the costs of the extras of a response. Those of its own model ran at its speed.

    The client's own cost covers the entire line, so with it they cost nothing more.
    """

    def cost_of(extra: Extra) -> int | None:
        if reported_cost is not None:
            return 0
        own_speed = speed if extra.model == model else None
        return price(extra.model, at, own_speed, msgspec.structs.astuple(extra.tokens), 0)

    return tuple(msgspec.structs.replace(extra, cost=cost_of(extra)) for extra in extras)


def usd(nano: float) -> float:
    """Convert nano-dollars to dollars, for display; add up in nano-dollars first."""
    return nano / NANO_PER_USD
