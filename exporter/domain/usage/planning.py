"""Planning data: what is used at which hour of the week, and what a block that is started now would cover.

A cell is an hour of the week on the clocks of a zone: 0 is Monday 0:00 to 1:00, 167 Sunday 23:00 to 24:00.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import NamedTuple

import msgspec

from exporter.domain.blocks.block import BLOCK_MS, Block
from exporter.domain.blocks.figures import ACTIVITY_MS
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import Span

CELLS = 7 * 24
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
QUARTER_MS = 15 * timestamp.MINUTE
"""Clocks differ from UTC by whole quarters of an hour, and are changed by such: a quarter lies in one cell."""


class Pulse(NamedTuple):
    """The responses of five minutes (`ACTIVITY_MS`, from the full hour on): the first and the last time, ms, and all
    their tokens, so that activity goes on between the two."""

    first: int
    last: int
    tokens: int


class Cell(msgspec.Struct, frozen=True):
    """An hour of the week. `active` and `observed`: ms, of activity and of the time looked at that fell into it."""

    tokens: int
    active: int
    observed: int
    limit_hits: int


class Coverage(msgspec.Struct, frozen=True):
    """What a block `[start, end)` (ms) would cover of the usual use: tokens, ms of activity, share of a week's tokens.

    None where some hour of it (of the week, for the share) was not looked at, or the week has no tokens.
    """

    start: int
    end: int
    tokens: float | None
    active: float | None
    share: float | None


class UsagePlan(msgspec.Struct, frozen=True):
    """The planning data of `span`. `block_starts`: how many blocks began in each hour of the day."""

    span: Span
    cells: tuple[Cell, ...]
    block_starts: tuple[int, ...]
    running: Block | None
    """The block that runs now; until its end no other can be started."""
    covered: Coverage


def plan(
    span: Span,
    pulses: Sequence[Pulse],
    block_starts: Iterable[int],
    hits: Iterable[int],
    running: Block | None,
    now: int,
    zone: tzinfo | None,
) -> UsagePlan:
    """`pulses`: of the responses in `span`, in order. `block_starts`, `hits`: times in `span`, ms."""
    tokens, struck = [0] * CELLS, [0] * CELLS
    for pulse in pulses:
        tokens[cell_of(pulse.first, zone)] += pulse.tokens
    for hit in hits:
        struck[cell_of(hit, zone)] += 1
    active = by_cell(active_spans(pulses, span.end), zone)
    observed = by_cell([span], zone)
    cells = tuple(Cell(*figures) for figures in zip(tokens, active, observed, struck, strict=True))
    begun = [0] * 24
    for start in block_starts:
        begun[cell_of(start, zone) % 24] += 1
    return UsagePlan(span, cells, tuple(begun), running, coverage(cells, now, zone))


def coverage(cells: Sequence[Cell], now: int, zone: tzinfo | None) -> Coverage:
    """What a block started at `now` (ms) would cover, from the full hour on; each cell counts by its mean."""
    start = now - now % timestamp.HOUR
    end = start + BLOCK_MS
    inside = by_cell([Span(start, end)], zone)
    known = all(cell.observed for cell, ms in zip(cells, inside, strict=True) if ms)
    tokens = sum(_usual(cell.tokens, cell, ms) for cell, ms in zip(cells, inside, strict=True))
    active = sum(_usual(cell.active, cell, ms) for cell, ms in zip(cells, inside, strict=True))
    week = sum(_usual(cell.tokens, cell, timestamp.HOUR) for cell in cells)
    share = tokens / week if week and all(cell.observed for cell in cells) else None
    return Coverage(start, end, tokens if known else None, active if known else None, share)


def _usual(figure: int, cell: Cell, ms: int) -> float:
    """How much of a cell's figure falls into so many ms of it; 0 where nothing was looked at."""
    return figure * ms / cell.observed if cell.observed else 0.0


def active_spans(pulses: Iterable[Pulse], end: int) -> Iterator[Span]:
    """The time within five minutes after a response, in order and without overlap, up to `end` (ms).

    pulses     x──x   x          x
    spans      [─────────)       [────)      five minutes after the last of each
    """
    reached = 0
    for first, last, _ in pulses:
        begin, reached = max(first, reached), min(last + ACTIVITY_MS, end)
        if begin < reached:
            yield Span(begin, reached)


def by_cell(spans: Iterable[Span], zone: tzinfo | None) -> list[int]:
    """How many ms of these spans lie in each cell."""
    found = [0] * CELLS
    for start, end in spans:
        while start < end:
            stop = min(end, start - start % QUARTER_MS + QUARTER_MS)
            found[cell_of(start, zone)] += stop - start
            start = stop  # noqa: PLW2901 - the span is walked through
    return found


def cell_of(ms: int, zone: tzinfo | None) -> int:
    """The cell that holds a time; `zone` None is the machine's own."""
    local = timestamp.to_datetime(ms).astimezone(zone)
    return 24 * local.weekday() + local.hour
