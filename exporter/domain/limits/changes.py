"""Changes of a limit's size, found where the windows before and after disagree beyond their spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median, quantiles

import msgspec

from exporter.domain.limits.calibration import LEAST_ERROR, MIN_SHARE, Observation

LEAST_BEFORE, MOST_BEFORE = 12, 40
"""Windows before a change, since the last one."""
LEAST_AFTER, MOST_AFTER = 6, 10
REMEMBERED = 4 * (MOST_BEFORE + MOST_AFTER)
"""Many windows are too little used to show their size."""
LEAST_CHANGE = 0.12
"""In the logarithm: less than an eighth may be a change of habit, such as a phone."""
CERTAIN = 6.5
"""By so many standard errors the medians differ."""
MOST_ACROSS = 0.2
"""At most this part of the windows after lies on the other side of the middle between the two levels."""


class Change(msgspec.Struct, frozen=True):
    """A limit was changed: `before` and `after` in nano-dollars. `at`: the end of the last window before it, in ms."""

    at: int
    before: int
    after: int


def find_changes(observations: Sequence[tuple[int, Observation]]) -> list[Change]:
    """The changes in a window's history, from pairs of its end (ms) and what is known of it, the oldest first.

    Found as the windows come: what comes later changes nothing that was found.
    """
    found: list[Change] = []
    level: list[tuple[int, Observation]] = []
    for one in observations:
        level.append(one)
        change = newest_change(level)
        if change is not None:
            found.append(change)
            level = [later for later in level if later[0] > change.at]
    return found


def newest_change(observations: Sequence[tuple[int, Observation]]) -> Change | None:
    """The change that the last of these windows shows, if any; `observations` as above, since the change before."""
    usable = [one for one in observations[-REMEMBERED:] if _is_usable(one[1])]
    if not usable or usable[-1] is not observations[-1]:
        return None
    levels = [math.log(one.size.value) for _, one in usable]
    cut = _change_within(levels)
    if cut is None:
        return None
    before, after = levels[max(0, cut - MOST_BEFORE) : cut], levels[cut:]
    return Change(usable[cut - 1][0], round(math.exp(median(before))), round(math.exp(median(after))))


def _is_usable(observation: Observation) -> bool:
    return observation.share >= MIN_SHARE and observation.spent > 0


def _change_within(levels: Sequence[float]) -> int | None:
    """Where the level changed, as the number of windows before; None if it did not."""
    best: tuple[float, int] | None = None
    for count in range(LEAST_AFTER, min(MOST_AFTER, len(levels) - LEAST_BEFORE) + 1):
        cut = len(levels) - count
        certainty = _certainty(levels[max(0, cut - MOST_BEFORE) : cut], levels[cut:])
        if certainty >= CERTAIN and (best is None or certainty > best[0]):
            best = certainty, cut
    return best[1] if best is not None else None


def _certainty(before: Sequence[float], after: Sequence[float]) -> float:
    """By how many standard errors the two levels differ; 0 if the difference is small or not all of one side."""
    low, high = median(before), median(after)
    apart = high - low
    if abs(apart) < LEAST_CHANGE:
        return 0.0
    middle = (low + high) / 2
    if sum((level - middle) * apart < 0 for level in after) > MOST_ACROSS * len(after):
        return 0.0
    spread = _spread(before)
    around = max(spread, 1.48 * median(abs(level - high) for level in after))
    error = math.hypot(spread / math.sqrt(len(before)), around / math.sqrt(len(after)))
    return abs(apart) / error


def _spread(levels: Sequence[float]) -> float:
    """A robust standard deviation, by the middle half; at least the least error of a size."""
    low, _, high = quantiles(levels, n=4)
    return max(LEAST_ERROR, (high - low) / 1.35)
