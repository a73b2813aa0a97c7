"""What a response costs: model names as the price list has them, rates, and the sum.

Money is counted in whole nano-dollars (1e-9 $). Rates are kept in pico-dollars (1e-12 $), in which a price of
$0.000001 for a million tokens is still a whole number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from exporter.domain.text import printable
from exporter.domain.usage.counting import Advisor
from exporter.domain.usage.tokens import Tokens

PICO_PER_NANO = 1_000
NANO_PER_USD = 1_000_000_000
UNKNOWN_MODEL = "unknown"

Steps = tuple[tuple[int, int], ...]
"""(threshold, pico-dollars) in rising order, the base price first with threshold 0."""

Counts = tuple[int, int, int, int, int]
"""Tokens by type, in the order of `Tokens`' fields."""
Levels = tuple[tuple[int, tuple[int, int, int, int, int]], ...]
"""(size of a request, pico-dollars for a token of each type in a larger one), the largest first, the last -1."""

_PROVIDER = r"^(?:(?:[a-z-]+\.)?anthropic\.)+"
_SUFFIXES = r"""(?: \[[^\[\]]*\]                     # [1m], or any other bracket
          | @\w*                             # @20250929, as Vertex writes it
          | (?<!^claude) -v\d+ (?: :\w+ )*   # -v1:0, as Bedrock does; 'claude-v2' is a model's own name
          | -20\d\d-?[01]\d-?[0-3]\d         # -20251101
        )+$"""


class Rates(msgspec.Struct, frozen=True):
    """What one token of each type, and one web search, costs at one time: pico-dollars.

    A token type may have several steps: `((0, 3_000_000), (200_000, 6_000_000))` is $3 for a million, and $6
    in a request whose whole input, cached or not, is **more** than 200,000 tokens. That request pays the
    higher price for all its tokens of the type, not only for those above the threshold.
    """

    input: Steps
    output: Steps
    cache_read: Steps
    cache_write_5m: Steps
    cache_write_1h: Steps
    web_search: int

    def levels(self) -> Levels:
        """The same by the size of a request: for each size from which any price changes, all prices above it."""
        steps = (self.input, self.output, self.cache_read, self.cache_write_5m, self.cache_write_1h)
        thresholds = {threshold for step in steps for threshold, _ in step[1:]}
        sizes = [*sorted(thresholds, reverse=True), -1]
        return tuple((size, tuple(price_of(step, size + 1) for step in steps)) for size in sizes)  # type: ignore[misc]


@lru_cache(maxsize=1024)
def normalize_model(name: str) -> str:
    """The model's bare name in lower case, without provider, path, version, date or `[1m]`.

    `us.anthropic.claude-opus-4-5-20251101-v1:0` is `claude-opus-4-5`; a blank name is `unknown`.
    Cached, since the same few names come with every line; the patterns are compiled at the first.
    """
    bare = printable(name.rsplit("/", 1)[-1]).strip().lower()
    bare = re.sub(_SUFFIXES, "", re.sub(_PROVIDER, "", bare), flags=re.VERBOSE).strip()
    return bare or UNKNOWN_MODEL


def price_of(steps: Steps, all_input: int) -> int:
    """The price that holds for a request with `all_input` tokens: that of the highest step it exceeds."""
    for threshold, price in reversed(steps):
        if all_input > threshold:
            return price
    return steps[0][1]


def cost(tokens: Tokens, web_searches: int, rates: Rates) -> int:
    """Nano-dollars of **one** response, rounded half up.

    A sum of responses must not be priced as one: long-context prices go by the input of the single request.
    """
    return cost_by_levels(msgspec.structs.astuple(tokens), web_searches, rates.levels(), rates.web_search)


def cost_by_levels(counts: Counts, web_searches: int, levels: Levels, web_search: int) -> int:
    """`cost` for a caller that keeps the levels of the rates it uses."""
    fresh, output, read, five_minutes, hour = counts
    size = fresh + read + five_minutes + hour
    a, b, c, d, e = levels[-1][1]
    for threshold, prices in levels[:-1]:
        if size > threshold:
            a, b, c, d, e = prices
            break
    pico = fresh * a + output * b + read * c + five_minutes * d + hour * e + web_searches * web_search
    return (pico + PICO_PER_NANO // 2) // PICO_PER_NANO


Price = Callable[[str, int, str | None, Counts, int], int | None]
"""What one response costs: (model as written, time, speed, tokens by type, web searches) -> nano-dollars, None where
it has no price."""


def price_advisors(
    advisors: Iterable[Advisor], at: int, reported_cost: int | None, price: Price
) -> tuple[Advisor, ...]:
    """The advisors inside a response with their costs.

    The client's own figure is for all of the line, so beside it the advisors cost nothing more.
    """

    def cost_of(advisor: Advisor) -> int | None:
        if reported_cost is not None:
            return 0
        return price(advisor.model, at, None, msgspec.structs.astuple(advisor.tokens), 0)

    return tuple(msgspec.structs.replace(advisor, cost=cost_of(advisor)) for advisor in advisors)


def usd(nano: float) -> float:
    """Dollars of `nano` nano-dollars, for showing; add up in nano-dollars first."""
    return nano / NANO_PER_USD
