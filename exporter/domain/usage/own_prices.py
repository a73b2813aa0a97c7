"""Prices that the installed list may lack. It is asked first: these only fill its gaps, also those of older versions.

Each entry: dollars per million tokens for input, output and cache reads, as the client of that date shows them. Cache
writes are not given there: by Anthropic's rule 1.25 times the input price for 5 minutes, twice for 1 hour.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import NamedTuple

from exporter.domain.usage.price_table import Dollars, ModelRates, Table, rates_from

_CLIENT = "Claude Code 2.1.332, read in the text of the program"
_DATE = "2026-11-24"


class Entry(NamedTuple):
    """One price. `tiers`: (prompt tokens, input, output) above them; `fast`: of fast mode."""

    model: str
    input: str
    output: str
    cache_read: str | None
    fast: bool = False
    tiers: tuple[tuple[int, str, str], ...] = ()
    source: str = _CLIENT
    date: str = _DATE


ENTRIES = (
    Entry("claude-mythos-5", "10", "50", "1"),
    Entry("claude-mythos-5-1", "10", "50", "0.25"),
    Entry("claude-haiku-5-5", "0.10", "0.50", None, tiers=((100_000, "0.50", "2.50"),)),
    Entry("claude-opus-4-6", "30", "150", "3", fast=True),
    Entry("claude-opus-4-7", "30", "150", "3", fast=True),
    Entry("claude-opus-4-8", "10", "50", "1", fast=True),
    Entry("claude-opus-5", "10", "50", "1", fast=True),
    Entry("claude-opus-5-5", "8", "40", "0.40", fast=True),
)


@cache
def own_prices() -> Table:
    """The entries by model."""
    found: dict[str, ModelRates] = {}
    for entry in ENTRIES:
        base: dict[str, Decimal] = _dollars(entry.input, entry.output)
        if entry.cache_read is not None:
            base["cache_read"] = Decimal(entry.cache_read)
        tiers: list[tuple[int, Dollars]] = [(0, base)]
        tiers += [(above, _dollars(*prices)) for above, *prices in entry.tiers]
        rates, known = rates_from(tiers, entry.model), found.get(entry.model, ModelRates())
        found[entry.model] = ModelRates(known.standard, rates) if entry.fast else ModelRates(rates, known.fast)
    return found


def _dollars(input_price: str, output_price: str) -> dict[str, Decimal]:
    return {"input": Decimal(input_price), "output": Decimal(output_price)}
