"""The program's clock. Everything below it takes the time as a parameter."""

from __future__ import annotations

import time


def clock() -> int:
    """The current time, ms."""
    return time.time_ns() // 1_000_000
