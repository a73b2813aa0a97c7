"""What repricing changed, and how to price what has no price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from exporter.domain.text import visible
from exporter.domain.usage.pricing import UNKNOWN_MODEL, usd
from exporter.report.formatting import format_count, format_money
from exporter.store.usage.reprice import Repriced
from exporter.store.usage.unpriced import Unpriced

MAX_NAMED = 8
"""Models that are named; the JSON output names all."""


def pricing_help(unpriced: Sequence[Unpriced], config: str) -> str:
    """Lines that name what has no price, and say how to price it. `config`: the configuration file."""
    if not unpriced:
        return ""
    named = ", ".join(f"{_described(one)} {one.tokens:,}" for one in unpriced[:MAX_NAMED])
    more = f", and {len(unpriced) - MAX_NAMED:,} more" if len(unpriced) > MAX_NAMED else ""
    text = f"Tokens without a price: {named}{more}.\n"
    lines = price_lines(unpriced[:MAX_NAMED])
    if lines:
        text += f"To price them, add these lines to {visible(config)}, with dollars per million tokens instead of 0.0,"
        text += f" and run `claude-tracker reprice`:\n{lines}"
    return text


def _described(one: Unpriced) -> str:
    if one.speed is None:
        return visible(one.model)
    return f"{visible(one.model)} ({'fast' if one.speed == 'fast' else f'speed {visible(one.speed)}'})"


def price_lines(unpriced: Sequence[Unpriced]) -> str:
    """Tables for the configuration file, with prices of 0.0. Other speeds than fast, and no name, have no table."""
    speeds: dict[str, set[str | None]] = {}
    for one in unpriced:
        if one.speed in (None, "fast") and one.model != UNKNOWN_MODEL:
            speeds.setdefault(one.model, set()).add(one.speed)
    text = ""
    for model, found in speeds.items():
        text += f"[prices.{_quoted(model)}]\n"
        text += "input = 0.0\noutput = 0.0\n" if None in found else ""
        text += "fast = { input = 0.0, output = 0.0 }\n" if "fast" in found else ""
    return text


def _quoted(name: str) -> str:
    """As a key of TOML, whose basic strings are those of JSON."""
    return visible(msgspec.json.encode(name).decode())


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
