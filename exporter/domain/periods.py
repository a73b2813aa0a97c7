"""Weeks and months: when they start and end, and their projected cost. `docs/formulas.md` states the rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta, tzinfo
from typing import Literal

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import Span, date_of, day_of, midnight, wall_ms
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.budget import Per
from exporter.domain.limits.plan_settings import WeekStart
from exporter.domain.usage.totals import ModelUse

WEEK_PACE_MS = 3 * DAY
"""A week's projection uses the pace of this period."""
MONTH_PACE_MS = 7 * DAY
WeekBasis = Literal["official", "configured", "trailing"]


class Week(msgspec.Struct, frozen=True):
    """`[start, end)` in ms."""

    start: int
    end: int
    basis: WeekBasis


class FamilyUse(msgspec.Struct, frozen=True):
    """The usage of one model family in a week. Costs in nano-dollars. `share`: of the week's cost, None if that is 0.

    `projected_cost`: None if the week has no fixed end.
    """

    family: str
    tokens: int
    cost: int
    share: float | None
    projected_cost: int | None
    unpriced: int = 0
    """Tokens without a price, not included in any cost."""


def week_at(now: int, reset: int | None, configured: WeekStart | None, zone: tzinfo | None) -> Week:
    """Return the week that contains `now`.

    It ends at the official reset if one is known, else starts at the configured weekday and hour in `zone`, else is
    the last seven days, from a full hour.
    """
    if reset is not None and reset > now:
        end = (reset + MINUTE // 2) // MINUTE * MINUTE
        return Week(end - 7 * DAY, end, "official")
    if configured is None:
        return Week((now - 7 * DAY) // HOUR * HOUR, now, "trailing")
    local = timestamp.to_datetime(now).astimezone(zone)
    start = local.replace(
        hour=configured.hour, minute=configured.minute, second=0, microsecond=0, tzinfo=None, fold=0
    ) - timedelta(days=(local.weekday() - configured.weekday) % 7)
    if wall_ms(start, zone) > now:
        start -= timedelta(days=7)
    return Week(wall_ms(start, zone), wall_ms(start + timedelta(days=7), zone), "configured")


def month_at(now: int, zone: tzinfo | None) -> tuple[int, int]:
    """`[start, end)` in ms of the calendar month in `zone` that contains `now`."""
    first = date_of(now, zone).replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return midnight(first, zone), midnight(following, zone)


def span_at(now: int, per: Per, configured: WeekStart | None, zone: tzinfo | None) -> Span:
    """The day, week or month that contains `now`, in `zone`. A week starts as configured, else on Monday at 0:00."""
    if per == "day":
        day = day_of(now, zone)
        return Span(day.start, day.end)
    if per == "month":
        return Span(*month_at(now, zone))
    week = week_at(now, None, configured or WeekStart(0, 0, 0), zone)
    return Span(week.start, week.end)


def project_cost(cost: int, recent_cost: int, recent_ms: int, remaining_ms: int) -> int:
    """The cost so far + the recent cost rate × the remaining time, rounded to nano-dollars."""
    return cost + (2 * recent_cost * max(0, remaining_ms) + recent_ms) // (2 * recent_ms)


def sum_by_family(
    week: Week, uses: Iterable[ModelUse], recent: Iterable[ModelUse], recent_ms: int, now: int
) -> tuple[FamilyUse, ...]:
    """Sum a week's usage by model family, the highest cost first. `recent`: the usage of the last `recent_ms`."""
    tokens: dict[str, int] = {}
    costs: dict[str, int] = {}
    unpriced: dict[str, int] = {}
    for use in uses:
        family = family_of(use.model)
        tokens[family] = tokens.get(family, 0) + use.tokens.total
        costs[family] = costs.get(family, 0) + use.cost
        unpriced[family] = unpriced.get(family, 0) + use.unpriced
    recent_costs: dict[str, int] = {}
    for use in recent:
        recent_costs[family_of(use.model)] = recent_costs.get(family_of(use.model), 0) + use.cost
    total, remaining = sum(costs.values()), week.end - now
    found = (
        FamilyUse(
            family,
            tokens[family],
            costs[family],
            costs[family] / total if total else None,
            None
            if week.basis == "trailing"
            else project_cost(costs[family], recent_costs.get(family, 0), recent_ms, remaining),
            unpriced[family],
        )
        for family in tokens
    )
    return tuple(sorted(found, key=lambda one: (-one.cost, -one.tokens, one.family)))


def family_of(model: str) -> str:
    """A model's family, such as `opus` for `claude-opus-4-5`; `other` if its name has none."""
    vendor, *parts = model.split("-")
    return next((part for part in parts if part.isalpha()), "other") if vendor == "claude" else "other"
