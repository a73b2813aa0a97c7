"""How a user works: the chances to stop and to go on, and the usual pace, counted in the user's own windows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

import msgspec

from exporter.domain.calendar.timestamp import DAY, MINUTE
from exporter.domain.forecast.uses import Uses

PAUSE_MS = 12 * MINUTE
"""A stretch of work ends so long after its last response."""
LEARNT_MS = 56 * DAY
"""How far back windows show how the user works today."""
_STARTING = 1.5
_STARTING_MINUTES = 60.0


class Rhythm(msgspec.Struct, frozen=True):
    """Chances per minute to stop while working, and to go on while pausing.

    `usual`: the median pace of a stretch of work, in nano-dollars per minute; None before the first.
    """

    stop: float = _STARTING / _STARTING_MINUTES
    go: float = _STARTING / _STARTING_MINUTES
    usual: float | None = None


NO_RHYTHM = Rhythm()
"""Before anything was learnt: one and a half stops and starts in an hour."""


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of work `[start, end)` in ms, its spending in nano-dollars, and the pause after it (ms).

    `goes_on`: whether work came again in the same window; `is_cut`: whether the window's end, or its limit, ended it.
    """

    start: int
    end: int
    spent: int
    pause: int
    goes_on: bool
    is_cut: bool


def learn(uses: Uses, windows: Iterable[tuple[int, int]], now: int) -> Rhythm:
    """The rhythm in the windows that began in the last eight weeks.

    `windows`: each `[start, end)` in ms; one that ran out ends when its limit was reached.
    """
    stops = gos = _STARTING
    working = pausing = _STARTING_MINUTES
    paces: list[tuple[float, float]] = []
    for start, end in windows:
        if start < now - LEARNT_MS:
            continue
        for one in stretches(uses, start, end):
            minutes = (one.end - one.start) / MINUTE
            working += minutes
            pausing += one.pause / MINUTE
            stops += not one.is_cut
            gos += one.goes_on
            paces.append((one.spent / max(minutes, PAUSE_MS / MINUTE), minutes))
    return Rhythm(stops / working, gos / pausing, _median(paces))


def stretches(uses: Uses, start: int, end: int) -> Iterator[Stretch]:
    """The stretches of work in a window `[start, end)` (ms), in order.

    responses   x x  x x                 x   x
    stretches   [─────────pause)         [──────────pause)
    """
    times = uses.times[bisect_left(uses.times, start) : bisect_left(uses.times, end)]
    began = 0
    for number, at in enumerate(times):
        following = times[number + 1] if number + 1 < len(times) else None
        if following is not None and following - at <= PAUSE_MS:
            continue
        stop = min(at + PAUSE_MS, end)
        yield Stretch(
            times[began],
            stop,
            uses.between(times[began], at + 1),
            (following if following is not None else end) - stop,
            goes_on=following is not None,
            is_cut=stop >= end,
        )
        began = number + 1


def _median(weighted: list[tuple[float, float]]) -> float | None:
    """The weighted median of pairs of a value and its weight; None without any weight."""
    left = sum(weight for _, weight in weighted) / 2
    for value, weight in sorted(weighted):
        left -= weight
        if left <= 0:
            return value or None
    return None
