"""What a response costs: model names as the price list has them, rates, and the sum.

Money is counted in whole nano-dollars (1e-9 $). Rates are kept in pico-dollars (1e-12 $), in which a price of
$0.000001 for a million tokens is still a whole number.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from exporter.domain.text import printable
from exporter.domain.tokens import Tokens

PICO_PER_NANO = 1_000
NANO_PER_USD = 1_000_000_000
UNKNOWN_MODEL = "unknown"

Steps = tuple[tuple[int, int], ...]
"""(threshold, pico-dollars) in rising order, the base price first with threshold 0."""

_PROVIDER = re.compile(r"^(?:(?:[a-z-]+\.)?anthropic\.)+")
_SUFFIXES = re.compile(
    r"""(?: \[[^\[\]]*\]                     # [1m], or any other bracket
          | @\w*                             # @20250929, as Vertex writes it
          | (?<!^claude) -v\d+ (?: :\w+ )*   # -v1:0, as Bedrock does; 'claude-v2' is a model's own name
          | -20\d\d-?[01]\d-?[0-3]\d         # -20251101
        )+$""",
    re.VERBOSE,
)


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


@lru_cache(maxsize=1024)
def normalize_model(name: str) -> str:
    """The model's bare name in lower case, without provider, path, version, date or `[1m]`.

    `us.anthropic.claude-opus-4-5-20251101-v1:0` is `claude-opus-4-5`; a blank name is `unknown`.
    Cached, since the same few names come with every line.
    """
    bare = printable(name.rsplit("/", 1)[-1]).strip().lower()
    bare = _SUFFIXES.sub("", _PROVIDER.sub("", bare)).strip()
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
    all_input = tokens.all_input
    pico = (
        tokens.input * price_of(rates.input, all_input)
        + tokens.output * price_of(rates.output, all_input)
        + tokens.cache_read * price_of(rates.cache_read, all_input)
        + tokens.cache_write_5m * price_of(rates.cache_write_5m, all_input)
        + tokens.cache_write_1h * price_of(rates.cache_write_1h, all_input)
        + web_searches * rates.web_search
    )
    return (pico + PICO_PER_NANO // 2) // PICO_PER_NANO


def usd(nano: float) -> float:
    """Dollars of `nano` nano-dollars, for showing; add up in nano-dollars first."""
    return nano / NANO_PER_USD
