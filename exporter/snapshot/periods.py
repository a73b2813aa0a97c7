"""The current week and month."""

from __future__ import annotations

from datetime import tzinfo

import msgspec

from exporter.domain.configured import Plan
from exporter.domain.limit import SEVEN_DAY
from exporter.domain.period import (
    MONTH_PACE_MS,
    WEEK_PACE_MS,
    FamilyUse,
    Week,
    by_family,
    month_at,
    projected,
    week_at,
)
from exporter.snapshot.limits import LimitPart
from exporter.store import blocks
from exporter.store.labels import Labels
from exporter.store.reader import View


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


def week(
    connection: View, labels: Labels, limits: tuple[LimitPart, ...], now: int, plan: Plan, zone: tzinfo | None
) -> WeekPart:
    """The official week where its reset is known, else the configured one, else the last seven days."""
    reset = next((limit.resets_at for limit in limits if limit.window == SEVEN_DAY), None)
    span = week_at(now, reset, plan.week_start, zone)
    used = blocks.uses_between(connection, labels, span.start)
    recent = blocks.uses_between(connection, labels, now - WEEK_PACE_MS)
    return WeekPart(span, by_family(span, used, recent, now))


def month(connection: View, labels: Labels, now: int, zone: tzinfo | None) -> MonthPart:
    """So far, and as it will end."""
    start, end = month_at(now, zone)
    cost = sum(use.cost for use in blocks.uses_between(connection, labels, start))
    recent = sum(use.cost for use in blocks.uses_between(connection, labels, now - MONTH_PACE_MS))
    return MonthPart(start, end, cost, projected(cost, recent, MONTH_PACE_MS, end - now))
