"""Planning data: the usage by hour of the week, and the typical usage of a block started now.

A cell is an hour of the week in a zone: 0 is Monday 0:00 to 1:00, 167 is Sunday 23:00 to 24:00.
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
"""UTC offsets, and their changes, are whole quarters of an hour, so every quarter lies in one cell."""


class Pulse(NamedTuple):
    """The responses in five minutes (`ACTIVITY_MS`, aligned to the hour): first and last time in ms, and all tokens.

    Activity continues between the two times.
    """

    first: int
    last: int
    tokens: int


class Cell(msgspec.Struct, frozen=True):
    """An hour of the week. `active`: ms of activity in it. `observed`: ms of the analyzed span in it."""

    tokens: int
    active: int
    observed: int
    limit_hits: int


class Coverage(msgspec.Struct, frozen=True):
    """The typical usage in a block `[start, end)` (ms): tokens, ms of activity, share of a week's tokens.

    None if some hour of it (for the share: of the week) was not observed, or the week has no tokens.
    """

    start: int
    end: int
    tokens: float | None
    active: float | None
    share: float | None


class UsagePlan(msgspec.Struct, frozen=True):
    """The planning data of `span`. `block_starts`: how many blocks started in each hour of the day."""

    span: Span
    cells: tuple[Cell, ...]
    block_starts: tuple[int, ...]
    running: Block | None
    """The running block; no other can start until it ends."""
    covered: Coverage


def build_plan(
    span: Span,
    pulses: Sequence[Pulse],
    block_starts: Iterable[int],
    hits: Iterable[int],
    running: Block | None,
    now: int,
    zone: tzinfo | None,
) -> UsagePlan:
    """Build the plan. `pulses`: of the responses in `span`, in order. `block_starts`, `hits`: times in `span`, ms."""
    tokens, hit_counts = [0] * CELLS, [0] * CELLS
    for pulse in pulses:
        tokens[cell_of(pulse.first, zone)] += pulse.tokens
    for hit in hits:
        hit_counts[cell_of(hit, zone)] += 1
    active = by_cell(active_spans(pulses, span.end), zone)
    observed = by_cell([span], zone)
    cells = tuple(Cell(*figures) for figures in zip(tokens, active, observed, hit_counts, strict=True))
    starts_by_hour = [0] * 24
    for start in block_starts:
        starts_by_hour[cell_of(start, zone) % 24] += 1
    return UsagePlan(span, cells, tuple(starts_by_hour), running, expected_coverage(cells, now, zone))


def expected_coverage(cells: Sequence[Cell], now: int, zone: tzinfo | None) -> Coverage:
    """The typical usage of a block started at `now` (ms), from the full hour; each cell contributes its mean."""
    start = now - now % timestamp.HOUR
    end = start + BLOCK_MS
    inside = by_cell([Span(start, end)], zone)
    known = all(cell.observed for cell, ms in zip(cells, inside, strict=True) if ms)
    tokens = sum(_expected(cell.tokens, cell, ms) for cell, ms in zip(cells, inside, strict=True))
    active = sum(_expected(cell.active, cell, ms) for cell, ms in zip(cells, inside, strict=True))
    week = sum(_expected(cell.tokens, cell, timestamp.HOUR) for cell in cells)
    share = tokens / week if week and all(cell.observed for cell in cells) else None
    return Coverage(start, end, tokens if known else None, active if known else None, share)


def _expected(figure: int, cell: Cell, ms: int) -> float:
    """How much of a cell's figure falls into `ms` of it; 0 if the cell was not observed."""
    return figure * ms / cell.observed if cell.observed else 0.0


def active_spans(pulses: Iterable[Pulse], end: int) -> Iterator[Span]:
    """The time within five minutes after a response, in order and without overlap, up to `end` (ms).

    pulses     x──x   x          x
    spans      [─────────)       [────)      five minutes after the last of each
    """
    covered_until = 0
    for first, last, _ in pulses:
        start, covered_until = max(first, covered_until), min(last + ACTIVITY_MS, end)
        if start < covered_until:
            yield Span(start, covered_until)


def by_cell(spans: Iterable[Span], zone: tzinfo | None) -> list[int]:
    """How many ms of these spans fall in each cell."""
    found = [0] * CELLS
    for start, end in spans:
        while start < end:
            stop = min(end, start - start % QUARTER_MS + QUARTER_MS)
            found[cell_of(start, zone)] += stop - start
            start = stop  # noqa: PLW2901 - steps through the span
    return found


def cell_of(ms: int, zone: tzinfo | None) -> int:
    """The cell that contains a time; `zone` None is the machine's own."""
    local = timestamp.to_datetime(ms).astimezone(zone)
    return 24 * local.weekday() + local.hour
