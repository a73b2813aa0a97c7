"""What was spent, over time."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Protocol

import msgspec

from exporter.domain.calendar.timestamp import HOUR, MINUTE

YOUNG = 0.3
"""A window that has just started is not taken for a pause: at least so much of the full weight counts."""
REMEMBERED_HALF_LIVES = 8


class Paces(Protocol):
    """What was spent in a window, as its outlook needs it."""

    def last_at(self, moment: int) -> int | None: ...

    def pace(self, now: int, start: int, half_life: float) -> float: ...


class Uses(msgspec.Struct, frozen=True):
    """Responses in order of time (ms), the cost of each, and their running sums from 0, in nano-dollars."""

    times: tuple[int, ...]
    costs: tuple[int, ...]
    sums: tuple[int, ...]

    def between(self, start: int, end: int) -> int:
        """What was spent in `[start, end)` ms, in nano-dollars; nothing if it ends before it starts."""
        return self.sums[bisect_left(self.times, max(start, end))] - self.sums[bisect_left(self.times, start)]

    def by_hour(self, start: int, end: int) -> list[int]:
        """What was spent in each full hour of `[start, end)` ms from the first response there, in nano-dollars."""
        first = bisect_left(self.times, start)
        if first == len(self.times) or self.times[first] >= end:
            return []
        hours = range(self.times[first] // HOUR, end // HOUR)
        return [self.between(hour * HOUR, (hour + 1) * HOUR) for hour in hours]

    def last_at(self, moment: int) -> int | None:
        """The time of the last response until `moment` (ms); None without one."""
        count = bisect_right(self.times, moment)
        return self.times[count - 1] if count else None

    def pace(self, now: int, start: int, half_life: float) -> float:
        """The exponentially weighted spending in `[start, now]`, in nano-dollars per minute.

        `half_life`: minutes; a response so long ago weighs half.
        """
        first = bisect_left(self.times, remembered_since(now, start, half_life))
        last = bisect_right(self.times, now)
        recent = zip(self.times[first:last], self.costs[first:last], strict=True)
        return pace_of(faded(recent, now, half_life), now, start, half_life)


def remembered_since(now: int, start: int, half_life: float) -> int:
    """From when on (ms) spending still counts at `now` in a window since `start`. `half_life`: minutes."""
    return max(start, now - round(REMEMBERED_HALF_LIVES * half_life * MINUTE))


def faded(spent: Iterable[tuple[int, float]], now: int, half_life: float) -> float:
    """The sum of pairs of a time (ms) and nano-dollars, each faded from its time until `now`."""
    decay, exp = math.log(2) / half_life, math.exp
    return sum([cost * exp(-decay * (now - at) / MINUTE) for at, cost in spent])  # faster than a generator


def pace_of(weighted: float, now: int, start: int, half_life: float) -> float:
    """Nano-dollars per minute at `now`, from the faded spending since `start`."""
    decay = math.log(2) / half_life
    seen = 1 - math.exp(-decay * ((now - start) / MINUTE + 1))
    return weighted * decay / max(YOUNG, seen)


def uses_of(responses: Iterable[tuple[int, int]]) -> Uses:
    """From pairs of time (ms) and cost (nano-dollars), in order of time."""
    times, costs = tuple(zip(*responses, strict=True)) or ((), ())
    return Uses(times, costs, tuple(accumulate(costs, initial=0)))
