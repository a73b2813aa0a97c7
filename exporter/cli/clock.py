"""The program's clock; everything below takes the time as a parameter."""

from __future__ import annotations

import time


def clock() -> int:
    """The time now, ms."""
    return time.time_ns() // 1_000_000
