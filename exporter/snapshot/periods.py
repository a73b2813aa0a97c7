"""The current week and month."""

from __future__ import annotations

from datetime import tzinfo

from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.limits.reading import SEVEN_DAY
from exporter.domain.periods import (
    MONTH_PACE_MS,
    WEEK_PACE_MS,
    month_at,
    project_cost,
    sum_by_family,
    week_at,
)
from exporter.snapshot.limit_parts import LimitPart
from exporter.snapshot.parts import MonthPart, WeekPart
from exporter.snapshot.usage.spent import UsageSince, recent_uses


def week(
    used: UsageSince, limits: tuple[LimitPart, ...], now: int, plan: PlanSettings, zone: tzinfo | None
) -> WeekPart:
    """The official week if its reset is known, else the configured one, else the last seven days."""
    reset = next((limit.resets_at for limit in limits if limit.window == SEVEN_DAY), None)
    span = week_at(now, reset, plan.week_start, zone)
    return WeekPart(span, sum_by_family(span, used.since(span.start), *recent_uses(used, now, WEEK_PACE_MS), now))


def month(used: UsageSince, now: int, zone: tzinfo | None) -> MonthPart:
    """The month's cost so far, and projected."""
    start, end = month_at(now, zone)
    uses = used.since(start)
    cost = sum(use.cost for use in uses)
    recent, recent_ms = recent_uses(used, now, MONTH_PACE_MS)
    projected = project_cost(cost, sum(use.cost for use in recent), recent_ms, end - now)
    return MonthPart(start, end, cost, projected, sum(use.unpriced for use in uses))
