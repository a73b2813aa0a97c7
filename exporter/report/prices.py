"""What repricing changed, and how to price what has no price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exporter.domain.text import visible
from exporter.domain.usage.pricing import usd
from exporter.report.formatting import format_count, format_money
from exporter.store.usage.reprice import Repriced


def repriced_text(changed: Sequence[Repriced], version: str) -> str:
    """The output of `reprice`: a line in all, and one per model. `version`: of the price list."""
    responses = sum(one.responses for one in changed)
    lines = [f"Changed the price of {format_count(responses, 'response')} (genai-prices {version})"]
    for one in changed:
        costs = f"{format_money(one.before)} → {format_money(one.after)}"
        lines.append(f"  {visible(one.model)}: {format_count(one.responses, 'response')}, {costs}{_gaps(one)}")
    return "\n".join(lines)


def _gaps(one: Repriced) -> str:
    priced = f", {one.priced:,} had no price" if one.priced else ""
    return priced + (f", {one.unpriced:,} have none now" if one.unpriced else "")


def repriced_json(changed: Sequence[Repriced], version: str) -> dict[str, Any]:
    """The same as JSON: costs in dollars, and how many responses have a price only now, or none any more."""
    return {
        "genai_prices": version,
        "responses": sum(one.responses for one in changed),
        "models": [
            {
                "model": one.model,
                "responses": one.responses,
                "before_usd": usd(one.before),
                "after_usd": usd(one.after),
                "newly_priced_responses": one.priced,
                "newly_unpriced_responses": one.unpriced,
            }
            for one in changed
        ],
    }
