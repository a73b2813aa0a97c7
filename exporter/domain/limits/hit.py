"""Limit hits: each counted once, however often and by whichever source it is reported.

A client writes its limit text at every refused request, and a reading of 100 % reports the same hit. Reports of the
same window and reset are one hit; without a known reset, reports within one window's length are.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from exporter.domain.accounts import UNKNOWN_ACCOUNT, Origin
from exporter.domain.blocks.block import BLOCK_MS
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.reading import FIVE_HOUR, SAME_RESET_MS, SPEND

FULL = 1.0
"""The utilization that counts as a hit."""
HitSource = Literal["transcript", "hook", "reading"]


class Hit(msgspec.Struct, frozen=True):
    """A limit that was reached. `at`: when it was first seen. `resets_at`: None if unknown. Both in ms."""

    window: str
    at: int
    resets_at: int | None
    source: HitSource = "transcript"
    named: bool = True
    """Whether the report named the window; otherwise it was inferred from the distance to the reset."""
    account: int = UNKNOWN_ACCOUNT
    """Its id in the store."""
    is_overage: bool = False
    """Whether the report says that work goes on by credits."""


class ReportedHit(msgspec.Struct, frozen=True):
    """A hit as a source reports it. Its account is found by the origin."""

    hit: Hit
    origin: Origin = Origin()


def window_length_ms(window: str) -> int:
    """The length of a window: five hours, a month of 31 days of spending, else seven days, as a family's week has."""
    if window == SPEND:
        return 31 * DAY
    return BLOCK_MS if window == FIVE_HOUR else 7 * DAY


def is_same_hit(known: Hit, new: Hit) -> bool:
    """Whether both reports are of the same hit."""
    if (known.account, known.window) != (new.account, new.window):
        return False
    length = window_length_ms(known.window)
    if known.resets_at is not None and new.resets_at is not None:
        return abs(known.resets_at - new.resets_at) <= SAME_RESET_MS
    if known.resets_at is not None:
        return known.resets_at - length <= new.at < known.resets_at
    if new.resets_at is not None:
        return new.resets_at - length <= known.at < new.resets_at
    # Who reached a limit of spending raises it, often on the same day: then the next one is another.
    return abs(known.at - new.at) < min(length, DAY if known.window == SPEND else length)


def merge_hits(known: Hit, new: Hit) -> Hit:
    """Merge two reports of one hit: the earlier time, and the reset if either has one."""
    return Hit(
        known.window,
        min(known.at, new.at),
        known.resets_at if known.resets_at is not None else new.resets_at,
        known.source if known.at <= new.at else new.source,
        account=known.account,
        is_overage=known.is_overage or new.is_overage,
    )
