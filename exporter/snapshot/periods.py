"""The current week and month."""

from __future__ import annotations

from datetime import tzinfo

import msgspec

from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.limits.reading import SEVEN_DAY
from exporter.domain.usage.periods import (
    MONTH_PACE_MS,
    WEEK_PACE_MS,
    FamilyUse,
    Week,
    by_family,
    month_at,
    projected,
    week_at,
)
from exporter.snapshot.limits.current import LimitPart
from exporter.snapshot.usage.spent import Spent, lately


class WeekPart(msgspec.Struct, frozen=True):
    """The current week, by family of models."""

    span: Week
    families: tuple[FamilyUse, ...]


class MonthPart(msgspec.Struct, frozen=True):
    """The calendar month, `[start, end)` in ms. Costs in nano-dollars; projected by the mean of the last seven days."""

    start: int
    end: int
    cost: int
    projected_cost: int
    unpriced: int = 0
    """Tokens without a price, in no cost."""


def week(used: Spent, limits: tuple[LimitPart, ...], now: int, plan: PlanSettings, zone: tzinfo | None) -> WeekPart:
    """The official week where its reset is known, else the configured one, else the last seven days."""
    reset = next((limit.resets_at for limit in limits if limit.window == SEVEN_DAY), None)
    span = week_at(now, reset, plan.week_start, zone)
    return WeekPart(span, by_family(span, used.since(span.start), *lately(used, now, WEEK_PACE_MS), now))


def month(used: Spent, now: int, zone: tzinfo | None) -> MonthPart:
    """So far, and as it will end."""
    start, end = month_at(now, zone)
    uses = used.since(start)
    cost = sum(use.cost for use in uses)
    recent, recent_ms = lately(used, now, MONTH_PACE_MS)
    whole = projected(cost, sum(use.cost for use in recent), recent_ms, end - now)
    return MonthPart(start, end, cost, whole, sum(use.unpriced for use in uses))
