"""Limit hits: each once, whatever told of it, and however often.

A client writes its text at every request that is refused, and a reading of 100 % tells of the same. What tells of one
window and one reset is one hit; where a reset is not told, what lies within one window's length is.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from exporter.domain.blocks.block import BLOCK_MS
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.reading import FIVE_HOUR, SAME_RESET_MS

FULL = 1.0
"""The utilization that is a hit."""
HitSource = Literal["transcript", "hook", "reading"]


class Hit(msgspec.Struct, frozen=True):
    """A limit that was reached. `at`: when first seen, `resets_at`: None where nothing tells it; both ms."""

    window: str
    at: int
    resets_at: int | None
    source: HitSource = "transcript"
    named: bool = True
    """Whether the window was; else it was told by its distance."""

    def locked_ms(self, now: int) -> int:
        """The time from the hit to its reset, up to now; 0 where no reset is known."""
        return 0 if self.resets_at is None else max(0, min(now, self.resets_at) - self.at)


def length_of(window: str) -> int:
    """Of a window, ms: five hours, or seven days."""
    return BLOCK_MS if window == FIVE_HOUR else 7 * DAY


def is_one(known: Hit, told: Hit) -> bool:
    """Whether both are the same hit."""
    if known.window != told.window:
        return False
    length = length_of(known.window)
    if known.resets_at is not None and told.resets_at is not None:
        return abs(known.resets_at - told.resets_at) <= SAME_RESET_MS
    if known.resets_at is not None:
        return known.resets_at - length <= told.at < known.resets_at
    if told.resets_at is not None:
        return told.resets_at - length <= known.at < told.resets_at
    return abs(known.at - told.at) < length


def merged(known: Hit, told: Hit) -> Hit:
    """The earlier time, and a reset if either tells one."""
    resets_at = known.resets_at if known.resets_at is not None else told.resets_at
    return Hit(known.window, min(known.at, told.at), resets_at, known.source if known.at <= told.at else told.source)
