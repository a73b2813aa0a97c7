"""Parses paid use: what was used of which limit, in units of a currency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from exporter.domain.accounts import Origin
from exporter.domain.limits.reading import Credits
from exporter.sources.limits.report import parse_number

MAX_AMOUNT = 10**12
_CURRENCY = re.compile("[A-Z]{3}")
_DOLLARS, _PLACES, _MAX_PLACES = "USD", 2, 6


class _Money(NamedTuple):
    """`currency`: None if the amount does not name it."""

    amount: float
    currency: str | None


def parse_credits(value: Mapping[str, Any], observed_at: int, origin: Origin) -> Credits | None:
    """Credits as the service reports them; None if it does not say how much was used, or they are off and unused.

    Amounts are whole numbers of the smallest unit: `{amount_minor, exponent, currency}` under `used` and `limit`, or
    `used_credits` and `monthly_limit` with `decimal_places` and `currency`.
    """
    used = _parse_money(value.get("used")) or _parse_minor(value, "used_credits")
    limit = _parse_money(value.get("limit")) or _parse_minor(value, "monthly_limit")
    if used is None or (used.amount == 0 and is_off(value)):
        return None
    currency = used.currency or _DOLLARS
    is_same = limit is not None and (limit.currency or _DOLLARS) == currency
    return Credits(observed_at, currency, used.amount, limit.amount if limit is not None and is_same else None, origin)


def parse_dollars(value: Mapping[str, Any], observed_at: int, origin: Origin) -> Credits | None:
    """Credits as a status line reports them: `used_usd` and `limit_usd`."""
    used, limit = _parse_amount(value.get("used_usd")), _parse_amount(value.get("limit_usd"))
    return Credits(observed_at, _DOLLARS, used, limit, origin) if used is not None else None


def is_off(value: Mapping[str, Any]) -> bool:
    return value.get("enabled") is False or value.get("is_enabled") is False


def _parse_money(value: Any) -> _Money | None:
    if not isinstance(value, dict):
        return None
    return _scaled(value.get("amount_minor"), value.get("exponent"), value.get("currency"))


def _parse_minor(value: Mapping[str, Any], key: str) -> _Money | None:
    return _scaled(value.get(key), value.get("decimal_places"), value.get("currency"))


def _scaled(amount: Any, places: Any, currency: Any) -> _Money | None:
    """None also for a scale that is none: a wrong amount is worse than none."""
    number, places = _parse_amount(amount), _PLACES if places is None else places
    if number is None or isinstance(places, bool) or places not in range(_MAX_PLACES + 1):
        return None
    is_currency = isinstance(currency, str) and _CURRENCY.fullmatch(currency)
    return _Money(round(number / 10 ** int(places), _MAX_PLACES), currency if is_currency else None)


def _parse_amount(value: Any) -> float | None:
    number = parse_number(value)
    return number if number is not None and number <= MAX_AMOUNT else None
