"""The tables of the configuration file that are no command's: `[prices]`, `[budgets]`, `[limits] ask`, `[page]`,
`[fleet]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from exporter.cli.options.fleet import FleetSettings
    from exporter.domain.limits.budget import Budget
    from exporter.domain.usage.price_table import Table


class OwnTables(NamedTuple):
    """Each None where the file says nothing. `ask_every`: ms."""

    prices: Table | None
    budgets: tuple[Budget, ...] | None
    ask_every: int | None
    texts: bool | None
    fleet: FleetSettings | None


def take_own_tables(values: dict[str, Any], file: str) -> OwnTables:
    """Takes them out of the file's values. `file`: for messages. Raises ConfigurationError."""
    prices = budgets = ask_every = texts = fleet = None
    if "prices" in values:
        from exporter.cli.options.prices import parse_prices

        prices = parse_prices(values.pop("prices"), file)
    if "budgets" in values:
        from exporter.cli.options.budgets import parse_budgets

        budgets = parse_budgets(values.pop("budgets"), file)
    if isinstance(values.get("limits"), dict) and "ask" in values["limits"]:
        from exporter.cli.options.asking import parse_ask

        ask_every = parse_ask(values["limits"].pop("ask"), file)
    if "page" in values:
        from exporter.cli.options.page import parse_page

        texts = parse_page(values.pop("page"), file)
    if "fleet" in values:
        from exporter.cli.options.fleet import parse_fleet

        fleet = parse_fleet(values.pop("fleet"), file)
    return OwnTables(prices, budgets, ask_every, texts, fleet)
