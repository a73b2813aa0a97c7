"""How long something takes on a machine that has other work to do."""

from __future__ import annotations

import time
from collections.abc import Callable

from support.processes import wait_until

TRIES = 3


def seconds_until(condition: Callable[[], object], what: str) -> float:
    """How long it takes from now until `condition` is true."""
    started = time.monotonic()
    wait_until(condition, what)
    return time.monotonic() - started


def least_seconds(measure: Callable[[int], float], bound: float) -> float:
    """The least of up to three measurements; there is no further one after one below `bound`.

    A busy machine may delay one of them, but what is always late is late every time. `measure`: gets the number of the
    try, and may use it in names of folders.
    """
    least = float("inf")
    for number in range(TRIES):
        least = min(least, measure(number))
        if least < bound:
            break
    return least
