"""Prices as people write them, in dollars, and the rates that follow from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from exporter.domain.usage.pricing import Rates, Steps
from exporter.domain.usage.tokens import TOKEN_TYPES

Dollars = Mapping[str, Decimal]
"""Dollars per million tokens, by token type."""
Tiers = Sequence[tuple[int, Dollars]]
"""(prompt tokens, prices in a larger request), rising; the first is 0 and has the prices of `input` and `output`."""

MAX_DOLLARS = Decimal(1_000_000)
"""Of a million tokens, or a thousand searches."""
ANTHROPIC_CACHE: Dollars = {
    "cache_read": Decimal("0.1"),
    "cache_write_5m": Decimal("1.25"),
    "cache_write_1h": Decimal(2),
}
"""Anthropic's rule for a cache price that is not given: multiples of the input price. Source: its page of prices."""
PLAIN_CACHE: Dollars = dict.fromkeys(ANTHROPIC_CACHE, Decimal(1))
"""For models of other providers: like input."""
ANTHROPIC_SEARCHES = Decimal(10)
"""Dollars per thousand web searches."""

_PICO_PER_USD = Decimal(10) ** 12
_TOKENS = 1_000_000
_SEARCHES = 1_000


class ModelRates(msgspec.Struct, frozen=True):
    """The rates of a model, and those of its fast mode; None if not given."""

    standard: Rates | None = None
    fast: Rates | None = None


Table = Mapping[str, ModelRates]
"""By normalized name."""
NO_PRICES: Table = {}


def rates_from(tiers: Tiers, model: str, web_search: Decimal | None = None) -> Rates:
    """The rates of a model, from prices in dollars. `web_search`: per thousand; by default Anthropic's, for Claude.

    A price that a tier does not name stays as below it. A cache price that no tier names is a multiple of the input
    price of the tier.
    """
    is_claude = model.startswith("claude")
    multiples = ANTHROPIC_CACHE if is_claude else PLAIN_CACHE
    steps: dict[str, list[tuple[int, int]]] = {token_type: [] for token_type in TOKEN_TYPES}
    known: dict[str, Decimal] = {}
    for above, dollars in tiers:
        known |= dollars
        for token_type, found in steps.items():
            price = known.get(token_type)
            pico = pico_dollars(known["input"] * multiples[token_type] if price is None else price, _TOKENS)
            if not found or found[-1][1] != pico:
                found.append((above, pico))
    if web_search is None:
        web_search = ANTHROPIC_SEARCHES if is_claude else Decimal(0)
    by_type: dict[str, Steps] = {token_type: tuple(found) for token_type, found in steps.items()}
    return Rates(**by_type, web_search=pico_dollars(web_search, _SEARCHES))


def pico_dollars(dollars: Decimal, per: int) -> int:
    """Pico-dollars of one, from a price for `per` of them."""
    return int((dollars * _PICO_PER_USD / per).to_integral_value(ROUND_HALF_UP))
