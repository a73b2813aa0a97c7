"""Budgets of the user's own: their periods, and when they are said to last."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import Span
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.budget import Budget, BudgetUse, Per, budget_use
from exporter.domain.limits.plan_settings import WeekStart, parse_week_start
from exporter.domain.limits.steady import HourlySpending
from exporter.domain.periods import span_at

DOLLAR = 10**9
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    found = timestamp.parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("per", "week_start", "expected"),
    [
        pytest.param("day", None, ("2026-10-24T22:00Z", "2026-10-25T23:00Z"), id="25 hours when clocks change"),
        pytest.param("week", None, ("2026-10-18T22:00Z", "2026-10-25T23:00Z"), id="from Monday"),
        pytest.param(
            "week",
            parse_week_start("wednesday 09:00"),
            ("2026-10-21T07:00Z", "2026-10-28T08:00Z"),
            id="from the configured day and hour",
        ),
        pytest.param("month", None, ("2026-09-30T22:00Z", "2026-10-31T23:00Z"), id="the calendar month"),
    ],
)
def test_periods_are_those_of_the_zone(per: Per, week_start: WeekStart | None, expected: tuple[str, str]) -> None:
    now = at("2026-10-25T12:00:00Z")
    assert Span(*map(at, expected)) == span_at(now, per, week_start, BERLIN)


WEEK = Span(at("2026-11-16T00:00:00Z"), at("2026-11-23T00:00:00Z"))
STEADY = HourlySpending(1.0 * DOLLAR, 12.0 * DOLLAR, 1344)
"""A dollar an hour, $24 a day, give or take $12."""


def used(dollars: int, days: float, limit: int = 168, spending: HourlySpending | None = STEADY) -> BudgetUse:
    """After so many days of a week."""
    return budget_use(
        Budget("b", limit * DOLLAR, "week"), WEEK, dollars * DOLLAR, spending, WEEK.start + round(days * DAY)
    )


@pytest.mark.parametrize(
    ("use", "state", "chance", "expected"),
    [
        # left 72 of an expected 72; the spread is the root of 12² × 3 × 1.3 + 18² = 29.8
        pytest.param(used(96, 4), "too_early", 0.5, 168, id="an even chance"),
        pytest.param(used(108, 4), "runs_out", 0.6566, 180, id="$12 more: will probably be used up"),
        pytest.param(used(80, 4), "lasts", 0.2954, 152, id="$16 less: lasts"),
        pytest.param(used(168, 4), "reached", 1.0, 240, id="reached"),
        pytest.param(used(60, 1.9), "too_early", None, None, id="before the third day"),
        pytest.param(used(0, 4), "too_early", None, None, id="nothing used"),
        pytest.param(used(96, 4, spending=None), "too_early", None, None, id="no history"),
        pytest.param(
            used(96, 4, spending=HourlySpending(9.0 * DOLLAR, 1.0, 167)), "too_early", None, None, id="six days of it"
        ),
        pytest.param(used(100, 7), "lasts", 0.0, 100, id="at its end"),
    ],
)
def test_use(use: BudgetUse, state: str, chance: float | None, expected: int | None) -> None:
    assert (state, chance) == (use.state, use.chance and round(use.chance, 4))
    assert (expected * DOLLAR if expected is not None else None) == use.expected


def test_ratio_of_a_budget_that_is_exceeded() -> None:
    assert 1.5 == used(252, 6).ratio


def test_the_running_hour_counts_by_its_part() -> None:
    whole, half = used(108, 4), used(108, 4 + 0.5 / 24)
    assert whole.expected is not None
    assert half.expected is not None
    assert DOLLAR // 2 == whole.expected - half.expected
