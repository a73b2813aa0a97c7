"""Weeks and months: where they begin and end, and what they will have cost. `docs/formulas.md` states the rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta, tzinfo
from typing import Literal

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import date_of, midnight, wall_ms
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.plan_settings import WeekStart
from exporter.domain.usage.totals import ModelUse

WEEK_PACE_MS = 3 * DAY
"""A week's projection goes by the pace of so long."""
MONTH_PACE_MS = 7 * DAY
WeekBasis = Literal["official", "configured", "trailing"]


class Week(msgspec.Struct, frozen=True):
    """`[start, end)` in ms."""

    start: int
    end: int
    basis: WeekBasis


class FamilyUse(msgspec.Struct, frozen=True):
    """What one family of models used in a week. Costs in nano-dollars; `share`: of the week's cost, None of nothing.

    `projected_cost`: None where the week has no end of its own.
    """

    family: str
    tokens: int
    cost: int
    share: float | None
    projected_cost: int | None
    unpriced: int = 0
    """Tokens without a price, in no cost."""


def week_at(now: int, reset: int | None, configured: WeekStart | None, zone: tzinfo | None) -> Week:
    """The week that holds `now`: up to the official reset where one is known, else from the configured weekday and
    hour of `zone` on, else the last seven days, from a full hour on.
    """
    if reset is not None and reset > now:
        end = (reset + MINUTE // 2) // MINUTE * MINUTE
        return Week(end - 7 * DAY, end, "official")
    if configured is None:
        return Week((now - 7 * DAY) // HOUR * HOUR, now, "trailing")
    local = timestamp.to_datetime(now).astimezone(zone)
    begun = local.replace(
        hour=configured.hour, minute=configured.minute, second=0, microsecond=0, tzinfo=None, fold=0
    ) - timedelta(days=(local.weekday() - configured.weekday) % 7)
    if wall_ms(begun, zone) > now:
        begun -= timedelta(days=7)
    return Week(wall_ms(begun, zone), wall_ms(begun + timedelta(days=7), zone), "configured")


def month_at(now: int, zone: tzinfo | None) -> tuple[int, int]:
    """`[start, end)` in ms of the calendar month of `zone` that holds `now`."""
    first = date_of(now, zone).replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return midnight(first, zone), midnight(following, zone)


def projected(cost: int, recent_cost: int, recent_ms: int, remaining_ms: int) -> int:
    """The cost so far + the recent cost per time × the time that remains, to the nearest nano-dollar."""
    return cost + (2 * recent_cost * max(0, remaining_ms) + recent_ms) // (2 * recent_ms)


def by_family(
    week: Week, uses: Iterable[ModelUse], recent: Iterable[ModelUse], recent_ms: int, now: int
) -> tuple[FamilyUse, ...]:
    """A week's use by family of models, the dearest first. `recent`: the use of the last `recent_ms`."""
    tokens: dict[str, int] = {}
    costs: dict[str, int] = {}
    unpriced: dict[str, int] = {}
    for use in uses:
        family = family_of(use.model)
        tokens[family] = tokens.get(family, 0) + use.tokens.total
        costs[family] = costs.get(family, 0) + use.cost
        unpriced[family] = unpriced.get(family, 0) + use.unpriced
    lately: dict[str, int] = {}
    for use in recent:
        lately[family_of(use.model)] = lately.get(family_of(use.model), 0) + use.cost
    total, remaining = sum(costs.values()), week.end - now
    found = (
        FamilyUse(
            family,
            tokens[family],
            costs[family],
            costs[family] / total if total else None,
            None if week.basis == "trailing" else projected(costs[family], lately.get(family, 0), recent_ms, remaining),
            unpriced[family],
        )
        for family in tokens
    )
    return tuple(sorted(found, key=lambda one: (-one.cost, -one.tokens, one.family)))


def family_of(model: str) -> str:
    """A model's family, as `opus` of `claude-opus-4-5`; `other` where its name tells none."""
    vendor, *parts = model.split("-")
    return next((part for part in parts if part.isalpha()), "other") if vendor == "claude" else "other"
