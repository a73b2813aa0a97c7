"""Estimates how large a window is, from official utilization and the spending here in the same window.

Claude's service reports a share, never a size. If 10 % was used after $4 of spending at list price, the window is
about $40. Use elsewhere (a phone, the web) makes the estimate too small, and rounding to whole percents makes it vary,
so the result is the weighted median of all observations, with its quartiles. Sizes are shown in cost-weighted tokens,
because tokens of different types and models weigh differently on a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

WEIGHTED_TOKEN_NANO = 3_000
"""Nano-dollars per cost-weighted token: $3 per million, the price of a Claude Sonnet input token."""
MIN_SHARE = 0.05
"""A lower share, in whole percents, is too imprecise."""


class Calibration(msgspec.Struct, frozen=True):
    """A window's estimated size in nano-dollars: the weighted median, and the quartiles around it."""

    size: int
    low: int
    high: int
    observations: int


def calibrate(samples: Iterable[tuple[float, int]]) -> Calibration | None:
    """Estimate the size from pairs of (utilization, nano-dollars spent in the window by then).

    Each pair estimates spent ÷ utilization. Its weight is its utilization, because the error is inversely proportional
    to it. Returns None if no pair is usable.
    """
    sizes = sorted((spent / share, share) for share, spent in samples if share >= MIN_SHARE and spent > 0)
    if not sizes:
        return None
    low, middle, high = (_quantile(sizes, part) for part in (0.25, 0.5, 0.75))
    return Calibration(middle, low, high, len(sizes))


def _quantile(weighted: Sequence[tuple[float, float]], part: float) -> int:
    """The first value, in order, at which this part of the total weight is reached."""
    remaining = part * sum(weight for _, weight in weighted)
    for value, weight in weighted:
        remaining -= weight
        if remaining <= 0:
            return round(value)
    return round(weighted[-1][0])


def weighted_tokens(nano: int) -> int:
    """Convert nano-dollars to cost-weighted tokens."""
    return round(nano / WEIGHTED_TOKEN_NANO)
