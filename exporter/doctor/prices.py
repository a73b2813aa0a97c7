"""Prices: how old the list is, and what has none."""

from __future__ import annotations

import msgspec

from exporter.doctor.check import Finding, age, ok, warning
from exporter.domain.calendar.timestamp import DAY

OLD_MS = 180 * DAY
MAX_NAMED = 5


class PriceFacts(msgspec.Struct, frozen=True):
    """`dated_at`: the newest date in the price list that is over (ms), None if it names none.

    `unpriced`: models with tokens that have no price, the most tokens first.
    """

    now: int
    version: str = ""
    dated_at: int | None = None
    unpriced: tuple[tuple[str, int], ...] = ()


def check_price_list(facts: PriceFacts) -> Finding:
    if facts.dated_at is not None and facts.now - facts.dated_at >= OLD_MS:
        return warning(
            f"The price list (genai-prices {facts.version}) is about {age(facts.now - facts.dated_at)} old, so costs"
            " of newer models may be wrong or missing.",
            "Update claude-tracker with its dependencies, and run `claude-tracker reprice`.",
        )
    return ok(f"The price list is that of genai-prices {facts.version}.")


def check_unpriced(facts: PriceFacts) -> Finding:
    if not facts.unpriced:
        return ok("Everything that was used has a price.")
    named = ", ".join(f"{model} ({tokens:,} tokens)" for model, tokens in facts.unpriced[:MAX_NAMED])
    more = f", and {len(facts.unpriced) - MAX_NAMED:,} more" if len(facts.unpriced) > MAX_NAMED else ""
    return warning(
        f"No price is known for {named}{more}. Costs are without them.",
        "Update claude-tracker with its dependencies, or add their prices to the configuration file; then run"
        " `claude-tracker reprice`.",
    )
