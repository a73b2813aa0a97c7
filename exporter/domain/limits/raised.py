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
    """The highest share that a session or file reported in a window, and how often in a row less since. Times in ms."""

    share: float
    resets_at: int
    below: int
    at: int


def is_of_window(reading: Reading, resets_at: int, length_ms: int) -> bool:
    """Whether a reading is of the window that ends at this reset (ms); without one, whether it was in its time."""
    if reading.resets_at is not None:
        return abs(reading.resets_at - resets_at) <= SAME_RESET_MS
    return resets_at - length_ms <= reading.observed_at < resets_at


def is_certain_raise(before: Reading, new: Reading, resets_at: int, length_ms: int) -> bool:
    """Whether a reading shows that the limit was raised since the one that the service gave last.

    `resets_at`: of the window of the new one.
    """
    is_later = before.observed_at <= new.observed_at
    is_lower = before.utilization - new.utilization >= CERTAIN_FALL - _ROUNDING
    return is_later and is_lower and is_of_window(before, resets_at, length_ms)


def next_level(level: Level | None, new: Reading, resets_at: int) -> tuple[Level, bool]:
    """The level after another reading of the same session or file, and whether it shows a raise, by a second report.

    `resets_at`: of its window.
    """
    fresh = Level(new.utilization, resets_at, 0, new.observed_at)
    if level is None or abs(level.resets_at - resets_at) > SAME_RESET_MS:
        return fresh, False
    if new.utilization > level.share - SMALL_FALL + _ROUNDING:
        return Level(max(level.share, new.utilization), resets_at, 0, new.observed_at), False
    if level.below:
        return fresh, True
    return Level(level.share, resets_at, 1, new.observed_at), False
