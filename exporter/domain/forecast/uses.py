"""What was spent, over time."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate

import msgspec

from exporter.domain.calendar.timestamp import MINUTE

YOUNG = 0.3
"""A window that has just started is not taken for a pause: at least so much of the full weight counts."""
REMEMBERED_HALF_LIVES = 8


class Uses(msgspec.Struct, frozen=True):
    """Responses in order of time (ms), the cost of each, and their running sums from 0, in nano-dollars."""

    times: tuple[int, ...]
    costs: tuple[int, ...]
    sums: tuple[int, ...]

    def between(self, start: int, end: int) -> int:
        """What was spent in `[start, end)` ms, in nano-dollars; nothing if it ends before it starts."""
        return self.sums[bisect_left(self.times, max(start, end))] - self.sums[bisect_left(self.times, start)]

    def last_at(self, moment: int) -> int | None:
        """The time of the last response until `moment` (ms); None without one."""
        count = bisect_right(self.times, moment)
        return self.times[count - 1] if count else None

    def pace(self, now: int, start: int, half_life: float) -> float:
        """The exponentially weighted spending in `[start, now]`, in nano-dollars per minute.

        `half_life`: minutes; a response so long ago weighs half.
        """
        first = bisect_left(self.times, max(start, now - round(REMEMBERED_HALF_LIVES * half_life * MINUTE)))
        decay = math.log(2) / half_life
        weighted = sum(
            self.costs[i] * math.exp(-decay * (now - self.times[i]) / MINUTE)
            for i in range(first, bisect_right(self.times, now))
        )
        seen = 1 - math.exp(-decay * ((now - start) / MINUTE + 1))
        return weighted * decay / max(YOUNG, seen)


def uses_of(responses: Iterable[tuple[int, int]]) -> Uses:
    """From pairs of time (ms) and cost (nano-dollars), in order of time."""
    pairs = tuple(responses)
    costs = tuple(cost for _, cost in pairs)
    return Uses(tuple(at for at, _ in pairs), costs, tuple(accumulate(costs, initial=0)))
