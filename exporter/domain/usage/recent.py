"""How a span of time is put together from spans whose sums are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from exporter.domain.calendar.timestamp import HOUR, MINUTE

SECOND = 1_000
UNITS = (HOUR, MINUTE, SECOND)
"""The lengths of the kept spans (ms), each a multiple of the next."""


class Piece(NamedTuple):
    """Kept spans of one length from `start` to `end` (ms). `unit`: 0 for a rest that no kept span fits."""

    unit: int
    start: int
    end: int


def pieces(start: int, end: int, units: Sequence[int] = UNITS) -> Iterator[Piece]:
    """The pieces of `[start, end)` ms, in order: as long as possible each.

    span       [────────────────────────────────)
    hours            │           │           │
    pieces     [m m m)[h ─────────h)[m m)[s)[0)
    """
    if start >= end:
        return
    if not units:
        yield Piece(0, start, end)
        return
    unit, *shorter = units
    first, last = -(-start // unit) * unit, end // unit * unit
    if first >= last:
        yield from pieces(start, end, shorter)
        return
    yield from pieces(start, first, shorter)
    yield Piece(unit, first, last)
    yield from pieces(last, end, shorter)
