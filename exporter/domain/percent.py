"""The used share of a limit in whole percents, the same on every face."""

from __future__ import annotations

import math


def whole_percent(percent: float) -> int:
    """Rounded half up, as the page does it; at most 99 below 100, since nothing is full before the service says so."""
    rounded = math.floor(percent + 0.5)
    return rounded if percent >= 100 else min(rounded, 99)
