"""Estimates how large a window is, from official utilization and the spending here in the same window.

Claude's service reports a share, never a size. If 10 % was used after $4 of spending at list price, the window is
about $40. Shares are rounded to whole percents, the service's weights are not quite list prices, and use elsewhere (a
phone, the web) makes an observation too small: so each window that is over is one observation, and the size is their
weighted median. Sizes are shown in cost-weighted tokens, because tokens of different types and models weigh
differently on a limit. `docs/formulas.md` states the rules.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

WEIGHTED_TOKEN_NANO = 3_000
"""Nano-dollars per cost-weighted token: $3 per million, the price of a Claude Sonnet input token."""
MIN_SHARE = 0.05
"""A lower share of a past window is too imprecise."""
MIN_OWN_SHARE = 0.02
"""The same of the running window, which no other window can contradict."""
NEWEST = 20
"""So many windows give the size."""
ROUNDING, WOBBLE = 0.0029, 0.04
"""Standard deviations: of a share rounded to a percent, and of the size from window to window (relative)."""
LEAST_ERROR, LEAST_ERROR_OF_FEW, FEW = 0.05, 0.15, 3
NEW_LEVEL, NEW_LEVEL_OF, CHANGED_BY = 3, 6, 0.1
"""So many newest windows, of at least so many, all farther away than the others by this (in the logarithm)."""
CERTAIN_ERROR = math.hypot(ROUNDING / 0.1, WOBBLE)
"""The error of what the running window shows from 10 % on: then it counts alone."""
CONTRADICTED = 3.0
"""So many errors above an observation, spending shows that it is wrong."""
HIT_WEIGHS = 3.0
"""A limit that was reached weighs at most like so many readings."""


class Size(msgspec.Struct, frozen=True):
    """A window's size in nano-dollars, and its relative error (a standard deviation)."""

    value: float
    error: float


class Observation(msgspec.Struct, frozen=True):
    """The last that is known of a window: its used share, and what was spent here until then, in nano-dollars.

    `is_hit`: from a limit that was reached, not from a reading.
    """

    share: float
    spent: int
    is_hit: bool = False

    @property
    def size(self) -> Size:
        return Size(self.spent / self.share, math.hypot(ROUNDING / self.share, WOBBLE))


class Calibration(msgspec.Struct, frozen=True):
    """A window's estimated size in nano-dollars: the weighted median, its quartiles, and its relative error."""

    size: int
    low: int
    high: int
    observations: int
    error: float = LEAST_ERROR

    @property
    def as_size(self) -> Size:
        return Size(self.size, self.error)


def calibrate(observations: Iterable[Observation]) -> Calibration | None:
    """Estimate the size from the windows that are over, one observation each, the oldest first.

    Of the newest twenty; of the newest three alone where they all differ from the others. Returns None if none is
    usable.
    """
    usable = [one for one in observations if one.share >= MIN_SHARE and one.spent > 0]
    taken = _newest_level(_uncontradicted(usable)[-NEWEST:])
    if not taken:
        return None
    weights = _weights(taken)
    sizes = sorted((math.log(one.size.value), weight) for one, weight in zip(taken, weights, strict=True))
    low, middle, high = (_quantile(sizes, part) for part in (0.25, 0.5, 0.75))
    spread = 1.48 * _quantile(sorted((abs(size - middle), weight) for size, weight in sizes), 0.5)
    least = LEAST_ERROR_OF_FEW if len(taken) <= FEW else LEAST_ERROR
    size, lower, upper = (round(math.exp(one)) for one in (middle, low, high))
    return Calibration(size, lower, upper, len(taken), max(least, spread))


def _uncontradicted(observations: Sequence[Observation]) -> list[Observation]:
    """Without those that a later one contradicts: more was spent than the size, and the limit was not reached."""
    kept: list[Observation] = []
    most = 0
    for one in reversed(observations):
        size = one.size
        if most <= size.value * (1 + CONTRADICTED * size.error):
            kept.append(one)
        if one.share < 1:
            most = max(most, one.spent)
    return kept[::-1]


def _newest_level(observations: Sequence[Observation]) -> Sequence[Observation]:
    """The newest three alone, if they all lie clearly above or below the others: the limit was changed."""
    if len(observations) < NEW_LEVEL_OF:
        return observations
    sizes = [math.log(one.size.value) for one in observations]
    newest, others = sizes[-NEW_LEVEL:], sorted(sizes[:-NEW_LEVEL])
    last = len(others) - 1
    is_above = min(newest) > others[int(0.9 * last)] + CHANGED_BY
    is_below = max(newest) < others[int(0.1 * last)] - CHANGED_BY
    return observations[-NEW_LEVEL:] if is_above or is_below else observations


def _weights(observations: Sequence[Observation]) -> list[float]:
    weights = [1 / one.size.error**2 for one in observations]
    readings = [weight for one, weight in zip(observations, weights, strict=True) if not one.is_hit]
    most = HIT_WEIGHS * min(readings, default=math.inf)
    return [min(weight, most) if one.is_hit else weight for one, weight in zip(observations, weights, strict=True)]


def _quantile(weighted: Sequence[tuple[float, float]], part: float) -> float:
    """The first value, in order, at which this part of the total weight is reached."""
    remaining = part * sum(weight for _, weight in weighted)
    for value, weight in weighted:
        remaining -= weight
        if remaining <= 0:
            return value
    return weighted[-1][0]


def size_of_running(share: float, spent: int) -> Size | None:
    """The size that the running window itself shows; None while too little of it is used."""
    return Observation(share, spent).size if share >= MIN_OWN_SHARE and spent > 0 else None


def join_sizes(history: Size | None, running: Size | None) -> Size | None:
    """Both, each weighed by 1 ÷ error² in the logarithm; the running window alone from 10 % on, or if they disagree.

    They disagree by more than three errors after a change of the limit, or when much is used elsewhere.
    """
    if history is None or running is None:
        return running or history
    if running.error <= CERTAIN_ERROR:
        return running
    apart = math.log(running.value / history.value)
    variance = history.error**2 + running.error**2
    if apart**2 > CONTRADICTED**2 * variance:
        return running
    value = history.value * math.exp(apart * history.error**2 / variance)
    return Size(value, history.error * running.error / math.sqrt(variance))


def shown_size(size: Size, history: Calibration | None) -> Calibration:
    """A size with its quartiles, joined of earlier windows and, as one observation more, the running one."""
    if history is not None and history.as_size == size:
        return history
    quartile = math.exp(0.6745 * size.error)
    observations = 1 + (history.observations if history is not None else 0)
    middle, low, high = (round(size.value * factor) for factor in (1, 1 / quartile, quartile))
    return Calibration(middle, low, high, observations, size.error)


def weighted_tokens(nano: int) -> int:
    """Convert nano-dollars to cost-weighted tokens."""
    return round(nano / WEIGHTED_TOKEN_NANO)
