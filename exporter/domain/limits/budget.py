"""Budgets of the user's own: a cost per day, week or month, of everything or of one project. Money in nano-dollars.

Whether a budget lasts follows from the spending of the last eight weeks, as for the week's limit
(`exporter.domain.limits.steady`). What is left of a budget is exact, so only the spending is uncertain.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from exporter.domain.calendar.day import Span
from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.limits import steady
from exporter.domain.limits.steady import HourlySpending

Per = Literal["day", "week", "month"]
PERIODS: tuple[Per, ...] = get_args(Per)
BudgetState = Literal["lasts", "runs_out", "reached", "too_early"]
LASTS_BELOW = 0.3
"""Below this chance a budget is said to last; between this and a warning nothing is said."""


class Budget(msgspec.Struct, frozen=True):
    """A budget that the user set. `limit`: nano-dollars per period. `project`: as reports name it; None for all."""

    name: str
    limit: int
    per: Per
    project: str | None = None

    @property
    def this_period(self) -> str:
        return "today" if self.per == "day" else f"this {self.per}"


class BudgetUse(msgspec.Struct, frozen=True):
    """How much of a budget is used in the period `[start, end)` (ms) that runs.

    `chance`: that the rest is used by its end, 0 to 1; `expected`: what will be used by then. Both None as long as too
    little is known.
    """

    budget: Budget
    start: int
    end: int
    used: int
    chance: float | None = None
    expected: int | None = None

    @property
    def ratio(self) -> float:
        return self.used / self.budget.limit

    @property
    def state(self) -> BudgetState:
        if self.used >= self.budget.limit:
            return "reached"
        if self.chance is None:
            return "too_early"
        if self.chance >= steady.WARN_AT:
            return "runs_out"
        return "lasts" if self.chance < LASTS_BELOW else "too_early"


def budget_use(budget: Budget, period: Span, used: int, spending: HourlySpending | None, now: int) -> BudgetUse:
    """The use of a budget at `now` (ms). `spending`: of the last weeks, of what the budget covers.

    Nothing is expected as long as nothing is used, in the first two sevenths of the period, and with less than a week
    of history.
    """
    elapsed = (now - period.start) / (period.end - period.start)
    if used <= 0 or spending is None or not steady.is_known(spending, elapsed):
        return BudgetUse(budget, *period, used)
    hours = max(0.0, (period.end - now) / HOUR)
    chance = steady.chance_to_reach(budget.limit - used, hours, spending)
    return BudgetUse(budget, *period, used, chance, used + round(spending.mean * hours))
