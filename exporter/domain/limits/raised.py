"""Raised limits: a share that falls while its window runs, by an early reset, a grant, or a larger limit."""

from __future__ import annotations

import msgspec

from exporter.domain.limits.reading import SAME_RESET_MS, Reading

CERTAIN_FALL = 0.02
"""A fall of so much is a raise at once; sources round the same share differently by up to a point."""
SMALL_FALL = 0.01
"""A fall of so much is one if the same session or file reports it twice."""
_ROUNDING = 1e-9


class Raise(msgspec.Struct, frozen=True):
    """A limit was raised: the share fell from `before` to `after`. Times in ms."""

    account: int
    window: str
    at: int
    resets_at: int | None
    before: float
    after: float
    source: str


class Level(msgspec.Struct, frozen=True):
    """The highest share that one session or file reported in a window, and how often in a row less since. `at`: ms."""

    share: float
    resets_at: int | None
    below: int
    at: int


def is_same_window(one: int | None, other: int | None) -> bool:
    """Whether two resets (ms) may be of one window; an unknown one may be of any."""
    return one is None or other is None or abs(one - other) <= SAME_RESET_MS


def is_certain_raise(before: Reading, new: Reading) -> bool:
    """Whether a reading shows that the limit was raised since the one that the service gave last."""
    is_same = is_same_window(before.resets_at, new.resets_at) and before.observed_at <= new.observed_at
    return is_same and before.utilization - new.utilization >= CERTAIN_FALL - _ROUNDING


def next_level(level: Level | None, new: Reading) -> tuple[Level, bool]:
    """The level after another reading of the same session or file, and whether it shows a raise, by a second report."""
    fresh = Level(new.utilization, new.resets_at, 0, new.observed_at)
    if level is None or not is_same_window(level.resets_at, new.resets_at):
        return fresh, False
    if new.utilization > level.share - SMALL_FALL + _ROUNDING:
        return Level(max(level.share, new.utilization), new.resets_at, 0, new.observed_at), False
    if level.below:
        return fresh, True
    return Level(level.share, new.resets_at, 1, new.observed_at), False
