"""What is usual in a day, a week or a month, by the ones before."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec

MIN_PERIODS = 3
"""Fewer say nothing about what is usual."""


class Spent(msgspec.Struct, frozen=True):
    """A period that is over: `[start, end)` in ms, its cost, and its cost up to the time of the current one.

    Costs in nano-dollars.
    """

    start: int
    end: int
    cost: int
    cost_by_now: int


class Usual(msgspec.Struct, frozen=True):
    """The periods before the current one, oldest first, and the medians of those with usage: None of too few."""

    before: tuple[Spent, ...]
    cost: int | None
    cost_by_now: int | None


def usual(spent: Sequence[Spent], shown: int) -> Usual:
    """What `spent` has in common, and the latest `shown` of it. Periods without usage are days off.

    >>> usual([Spent(0, 9, cost, cost // 2) for cost in (0, 8, 4, 6)], 1)
    Usual(before=(Spent(start=0, end=9, cost=6, cost_by_now=3),), cost=6, cost_by_now=3)
    """
    used = [one for one in spent if one.cost]
    is_known = len(used) >= MIN_PERIODS
    return Usual(
        tuple(spent[-shown:]),
        round(median(one.cost for one in used)) if is_known else None,
        round(median(one.cost_by_now for one in used)) if is_known else None,
    )
