"""How large a window is, estimated from official utilization and what was spent here in the same window.

Claude's service tells a share, never a size. Where a tenth was used when $4 had been spent by list price, the window
is about $40 large. Use elsewhere (a phone, the web) makes the estimate too small, rounding to whole percents makes it
vary, so the weighted median of all observations is taken, with its quartiles. Sizes are told in cost-weighted tokens,
because tokens of different kinds and models weigh differently on a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

WEIGHTED_TOKEN_NANO = 3_000
"""Nano-dollars: one cost-weighted token costs $3 a million, as an input token of Claude Sonnet does."""
LEAST_SHARE = 0.05
"""Below it, a share in whole percents says too little."""


class Calibration(msgspec.Struct, frozen=True):
    """A window's estimated size in nano-dollars: the weighted median, and the quartiles around it."""

    size: int
    low: int
    high: int
    observations: int


def calibrate(observed: Iterable[tuple[float, int]]) -> Calibration | None:
    """From pairs of (utilization, nano-dollars spent in the window by then); None where no pair says enough.

    Each pair estimates spent ÷ utilization, and weighs as its utilization, since its error is the inverse of that.
    """
    sizes = sorted((spent / share, share) for share, spent in observed if share >= LEAST_SHARE and spent > 0)
    if not sizes:
        return None
    low, middle, high = (_quantile(sizes, part) for part in (0.25, 0.5, 0.75))
    return Calibration(middle, low, high, len(sizes))


def _quantile(weighted: Sequence[tuple[float, float]], part: float) -> int:
    """The first value, in their order, up to which lies this part of all weight."""
    left = part * sum(weight for _, weight in weighted)
    for value, weight in weighted:
        left -= weight
        if left <= 0:
            return round(value)
    return round(weighted[-1][0])


def weighted_tokens(nano: int) -> int:
    """Nano-dollars as cost-weighted tokens."""
    return round(nano / WEIGHTED_TOKEN_NANO)
