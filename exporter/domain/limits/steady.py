"""Whether steady spending reaches a limit in the rest of a long period: a week, or a budget's day, week or month.

Spending goes on at its mean per hour of the last eight weeks, all hours alike, with a normal spread that comes from
the differences between days. A profile by weekday and hour does no better. `docs/formulas.md` states the rule and what
was measured. Money is in nano-dollars.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import erfc, sqrt

import msgspec

from exporter.domain.calendar.timestamp import DAY, HOUR

HISTORY_MS = 8 * 7 * DAY
"""Spending of so long counts."""
MIN_HISTORY_HOURS = 7 * 24
"""With a shorter history nothing is said."""
MIN_ELAPSED = 2 / 7
"""Nothing is said before this part of the period is over: of a week, before its third day."""
WARN_AT = 0.65
"""A warning starts at this chance: of those, 2 in 3 were true."""
WITHDRAW_BELOW = 0.35
"""A warning that stands is withdrawn below this chance."""
_SPREAD = 1.3
"""Days in a row resemble each other, so the spread of several is larger than of as many single ones."""
_LEVEL_ERROR = 0.25
"""How far the mean itself may be off, as a part of it."""


class HourlySpending(msgspec.Struct, frozen=True):
    """The spending of the last weeks. `mean`: nano-dollars per hour; `daily_deviation`: of the sums of whole days.

    `hours`: the length of the history.
    """

    mean: float
    daily_deviation: float
    hours: int


def spent_by_hour(spent: Iterable[tuple[int, int]], now: int) -> list[int]:
    """The nano-dollars of each full hour before `now` (ms), the oldest first: of eight weeks, or since the first use.

    `spent`: times (ms) and nano-dollars, in any order; what is older or after the last full hour does not count. An
    hour without spending is 0, so the result has no gaps.
    """
    end = now // HOUR
    earliest = end - HISTORY_MS // HOUR
    within = [(at // HOUR, nano) for at, nano in spent if earliest <= at // HOUR < end]
    if not within:
        return []
    first = min(hour for hour, _ in within)
    hours = [0] * (end - first)
    for hour, nano in within:
        hours[hour - first] += nano
    return hours


def hourly_spending(hours: Sequence[int]) -> HourlySpending | None:
    """The mean and the spread of this spending by hour, without gaps, the oldest first; None without any hour.

        hours  |‥‥‥‥|─── 24 ───|─── 24 ───|─── 24 ───| now
                rest    whole days, counted back from now

    With fewer than three whole days, their deviation is not known: it is taken as a mean day's spending.
    """
    if not hours:
        return None
    mean = sum(hours) / len(hours)
    sums = [0, *accumulate(hours)]
    days = [sums[end] - sums[end - 24] for end in range(len(hours), 23, -24)]
    if len(days) < 3:
        return HourlySpending(mean, 24 * mean, len(hours))
    middle = sum(days) / len(days)
    return HourlySpending(mean, sqrt(sum((day - middle) ** 2 for day in days) / len(days)), len(hours))


def chance_to_reach(left: float, hours: float, spending: HourlySpending, error: float = 0.0) -> float:
    """The chance, 0 to 1, that `left` (nano-dollars) is spent within so many hours.

    `error`: how far `left` may be off, as a part of it: 0 for a budget, the size's for an official window.
    """
    if left <= 0:
        return 1.0
    if hours <= 0:
        return 0.0
    mean = spending.mean * hours
    variance = spending.daily_deviation**2 * hours / 24 * _SPREAD + (_LEVEL_ERROR * mean) ** 2 + (error * left) ** 2
    if variance == 0:  # nothing was ever spent
        return 0.0
    return 0.5 * erfc((left - mean) / sqrt(2 * variance))


def is_known(spending: HourlySpending | None, elapsed: float) -> bool:
    """Whether history and period are long enough for a chance. `elapsed`: the part of the period, 0 to 1."""
    return spending is not None and spending.hours >= MIN_HISTORY_HOURS and elapsed >= MIN_ELAPSED


def is_warned(chance: float, *, before: bool) -> bool:
    """Whether a warning stands at this chance. `before`: whether it stood until now."""
    return chance >= (WITHDRAW_BELOW if before else WARN_AT)
