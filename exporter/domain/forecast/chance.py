"""The chance that a five-hour window is used up before its reset: the model of working and pausing.

Until the reset the user works part of the time, at a pace like that of the last hour. Work and pauses alternate with
the chances that `rhythm` counted, which gives the mean and the variance of the time at work; the pace itself may be
wrong, and so may the size of the window. A normal distribution of what will be spent gives a raw figure, and a fixed
table, measured on other windows, turns it into an honest probability. `docs/formulas.md` states all of it.
"""

from __future__ import annotations

import math
from itertools import pairwise

import msgspec

from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.forecast.rhythm import PAUSE_MS, Rhythm
from exporter.domain.forecast.uses import Paces

OWN_WEIGHT = 0.6
"""The weight of the pace of this window against the usual one, in the logarithm."""
PACE_ERROR, PACE_ERROR_WITHOUT_USUAL = 0.45, 0.7
"""By what part of itself the expected spending is wrong."""
HONEST = ((0.0, 0.03), (0.1, 0.12), (0.3, 0.24), (0.5, 0.37), (0.7, 0.54), (0.8, 0.65), (0.9, 0.84), (1.0, 1.0))
"""Pairs of a raw figure and the probability that it means: how often windows with that figure did run out."""
_TINY = 1e-9
_SHORTEST, _SHORT, _HOUR = HALF_LIVES = (10, 30, 60)
"""Of the paces that are compared, in minutes."""


class Outlook(msgspec.Struct, frozen=True):
    """What is expected of a window. `chance`: that its limit is reached before the reset, 0 to 1.

    `work_left`: minutes of work until then, at the pace at work. `lasts_minutes`: at the pace of the last half hour; in
    a pause, of the half hour before it, since that does not fade while nothing happens. `expected`: nano-dollars that
    will be spent until the reset. `is_working`: whether the last response is less than twelve minutes ago.
    """

    chance: float
    work_left: float
    lasts_minutes: float
    expected: float
    is_working: bool


def outlook(uses: Paces, start: int, resets_at: int, now: int, left: float, error: float, rhythm: Rhythm) -> Outlook:
    """The outlook of the window `[start, resets_at)` at `now` (ms).

    `left`: nano-dollars until its limit, `error`: relative, of that.
    """
    last = uses.last_at(now)
    is_working = last is not None and last >= start and now - last < PAUSE_MS
    short, hour = uses.pace(now, start, _SHORT), uses.pace(now, start, _HOUR)
    recent = max(short, hour, _TINY)
    rate = recent**OWN_WEIGHT * rhythm.usual ** (1 - OWN_WEIGHT) if rhythm.usual else recent
    share, spread, minutes = _at_work(rhythm, is_working, (resets_at - now) / MINUTE)
    mean = rate * share * minutes
    pace_error = (PACE_ERROR if rhythm.usual else PACE_ERROR_WITHOUT_USUAL) * mean
    variance = rate**2 * spread + pace_error**2 + (error * left) ** 2 + _TINY
    raw = 0.5 * math.erfc((left - mean) / math.sqrt(2 * variance))
    work_left = left / max(uses.pace(now, start, _SHORTEST), short, _TINY)
    at_work = short if is_working or last is None else uses.pace(last, start, _SHORT)
    return Outlook(honest(raw), work_left, left / max(at_work, _TINY), mean, is_working)


def _at_work(rhythm: Rhythm, is_working: bool, minutes: float) -> tuple[float, float, float]:
    """The expected share of the minutes until the reset at work, the variance of the minutes at work, and the minutes.

    Of a process that alternates between two states, each left at a constant chance per minute.
    """
    if minutes <= 0:
        return 0.0, 0.0, 0.0
    both = rhythm.stop + rhythm.go
    usual = rhythm.go / both
    memory = (1 - math.exp(-both * minutes)) / both
    mean = usual * minutes + (is_working - usual) * memory
    return mean / minutes, usual * (1 - usual) * 2 * (minutes - memory) / both, minutes


def honest(raw: float) -> float:
    """The probability that a raw figure means, by the table."""
    for (low, probability), (high, following) in pairwise(HONEST):
        if raw <= high:
            return probability + (following - probability) * (max(raw, low) - low) / (high - low)
    return HONEST[-1][1]
