"""The user's own prices: the tables below `[prices]` in the configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from exporter.domain.usage.price_table import MAX_DOLLARS, ModelRates, Table, rates_from
from exporter.domain.usage.pricing import UNKNOWN_MODEL, Rates, normalize_model
from exporter.domain.usage.tokens import TOKEN_TYPES
from exporter.errors import ConfigurationError

TABLE = "prices"
MAX_TOKENS = 10**9
"""Of a tier's threshold."""
_FAST_KEYS = (*TOKEN_TYPES, "tiers")
_KEYS = (*_FAST_KEYS, "web_search", "fast")
_TIER_KEYS = ("above", *TOKEN_TYPES)


def parse_prices(tables: Any, file: str) -> Table:
    """The rates of each model, by normalized name. `tables`: of TOML, its fractions as Decimal; `file`: for messages.

    Raises ConfigurationError for an unknown key, a wrong type, a negative price, and two tables of one model.
    """
    found: dict[str, ModelRates] = {}
    for written, table in _table(tables, f"{file}: {TABLE}").items():
        where = f'{file}: [{TABLE}."{written}"]'
        model = normalize_model(written)
        if model == UNKNOWN_MODEL:
            raise ConfigurationError(f"{where} names no model")
        if model in found:
            raise ConfigurationError(f"{where} is a second table for {model}")
        found[model] = _model(_table(table, where), model, where)
    return found


def _model(table: Mapping[str, Any], model: str, where: str) -> ModelRates:
    _reject_unknown(table, _KEYS, where)
    fast = None
    if "fast" in table:
        inner = f"{where} fast"
        fast_table = _table(table["fast"], inner)
        _reject_unknown(fast_table, _FAST_KEYS, inner)
        fast = _rates(fast_table, model, inner, None)
    searches = _price(table["web_search"], f"{where} web_search") if "web_search" in table else None
    if fast is not None and table.keys() == {"fast"}:
        return ModelRates(None, fast)
    return ModelRates(_rates(table, model, where, searches), fast)


def _rates(table: Mapping[str, Any], model: str, where: str, web_search: Decimal | None) -> Rates:
    if missing := [key for key in ("input", "output") if key not in table]:
        raise ConfigurationError(f"{where} needs {' and '.join(missing)}: dollars per million tokens")
    tiers = [(0, _dollars(table, where)), *_tiers(table.get("tiers", []), f"{where} tiers")]
    return rates_from(tiers, model, web_search)


def _tiers(value: Any, where: str) -> list[tuple[int, dict[str, Decimal]]]:
    if not isinstance(value, list):
        raise ConfigurationError(f"{where} must be a list, such as [{{ above = 200000, input = 6, output = 22.5 }}]")
    found: dict[int, dict[str, Decimal]] = {}
    for one in value:
        tier = _table(one, where)
        _reject_unknown(tier, _TIER_KEYS, where)
        above, dollars = tier.get("above"), _dollars(tier, where)
        if type(above) is not int or not 0 < above <= MAX_TOKENS:
            raise ConfigurationError(f"{where} needs above = a number of prompt tokens, from 1 to {MAX_TOKENS:,}")
        if above in found:
            raise ConfigurationError(f"{where} has above = {above} twice")
        if not dollars:
            raise ConfigurationError(f"{where} has no price above {above}")
        found[above] = dollars
    return sorted(found.items())


def _dollars(table: Mapping[str, Any], where: str) -> dict[str, Decimal]:
    return {key: _price(table[key], f"{where} {key}") for key in TOKEN_TYPES if key in table}


def _price(value: Any, where: str) -> Decimal:
    if type(value) is not int and not isinstance(value, Decimal):
        raise ConfigurationError(f"{where} must be a number of dollars, not {value!r}")
    price = Decimal(value)
    if not price.is_finite() or not 0 <= price <= MAX_DOLLARS:
        raise ConfigurationError(f"{where} must be from 0 to {MAX_DOLLARS:,} dollars, not {price}")
    return price


def _table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where} must be a table, not {value!r}")
    return value


def _reject_unknown(table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key, value in table.items():
        if key not in keys:
            quoted = '; write a name with dots in quotes, such as [prices."glm-5.2"]' if isinstance(value, dict) else ""
            raise ConfigurationError(f"{where} has no key {key!r}; its keys are {', '.join(keys)}{quoted}")
