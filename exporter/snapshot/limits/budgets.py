"""The user's budgets: how much of each is used in its current period, also as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from exporter.domain.calendar import timestamp
from exporter.domain.limits.budget import Budget, BudgetUse, budget_use
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.periods import span_at
from exporter.domain.usage.pricing import usd
from exporter.snapshot.usage.spent import StoredUsage, cost_since
from exporter.snapshot.usage.usage_json import COST_BASIS
from exporter.store.reader import Reader, View
from exporter.store.usage.labels import Labels


def budgets_at(
    connection: View, reader: Reader, now: int, plan: PlanSettings, zone: tzinfo | None
) -> tuple[BudgetUse, ...]:
    """The configured budgets at `now` (ms), in their order. `reader`: whose cached sums are used."""
    return tuple(_use(connection, reader, budget, now, plan, zone) for budget in plan.budgets)


def _use(
    connection: View, reader: Reader, budget: Budget, now: int, plan: PlanSettings, zone: tzinfo | None
) -> BudgetUse:
    period = span_at(now, budget.per, plan.week_start, zone)
    used = _spent_since(connection, reader, period.start, budget.project)
    return budget_use(budget, period, used, reader.hours.spending(connection, now, budget.project), now)


def _spent_since(connection: View, reader: Reader, start: int, project: str | None) -> int:
    if project is None:
        return cost_since(StoredUsage(connection, reader.past), start)
    labels = Labels(connection, read_only=True)
    return reader.past.project_cost(connection, labels, project, start)


def budgets_json(budgets: Iterable[BudgetUse]) -> list[dict[str, Any]]:
    """Money in dollars, times in ISO 8601 UTC. `chance_ratio`, `expected_usd`: null as long as too little is known."""
    return [
        {
            "name": one.budget.name,
            "per": one.budget.per,
            "project": one.budget.project,
            "limit_usd": usd(one.budget.limit),
            "used_usd": usd(one.used),
            "used_ratio": one.ratio,
            "cost_basis": COST_BASIS,
            "start": timestamp.to_iso(one.start),
            "end": timestamp.to_iso(one.end),
            "state": one.state,
            "chance_ratio": one.chance,
            "expected_usd": usd(one.expected) if one.expected is not None else None,
        }
        for one in budgets
    ]
