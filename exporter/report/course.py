"""A window as it was used: share over time as columns, what is projected dashed, and where the reset is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from itertools import groupby
from typing import NamedTuple

from rich.text import Text

from exporter.domain.calendar.clock import clock, moment, whole_minute
from exporter.domain.calendar.timestamp import DAY, HOUR
from exporter.domain.limits.hit import window_length_ms
from exporter.domain.limits.reading import FIVE_HOUR, window_name
from exporter.domain.percent import whole_percent
from exporter.report.gauge import PROJECTED, colour_of, share_of
from exporter.snapshot.limit_parts import LimitPart

LEAST_HEIGHT, MOST_HEIGHT = 5, 14
GUIDES, ROWS_WITH_GUIDES, GUIDE = (0.95, 0.8), 8, "┈"
"""The shares with a line across, from so many rows on."""
_STEPS = " ▁▂▃▄▅▆▇█"
_LABEL = 8
_END = 8


class Course(NamedTuple):
    """A window and its reports: time (ms) and used share, oldest first."""

    limit: LimitPart
    points: Sequence[tuple[int, float]]


def chart(course: Course, now: int, zone: tzinfo | None, width: int, height: int) -> list[Text]:
    """Its lines, `height` of them: a caption, the columns, the axis. `width`: columns of the terminal."""
    limit = course.limit
    if limit.resets_at is None or height < LEAST_HEIGHT:
        return []
    end = whole_minute(limit.resets_at)
    start = end - window_length_ms(limit.window)
    cells, rows = max(10, width - _LABEL - _END), height - 2
    passed = min(cells, max(0, round(cells * (now - start) / (end - start))))
    shares = _shares(course.points, start, end, cells)[:passed]
    ahead = _ahead(limit, shares, cells, passed)
    colour = colour_of(limit.forecast, now)
    lines = [_caption(limit, now, start, width)]
    for row in range(rows, 0, -1):
        line = Text(_mark(row, rows).rjust(_LABEL - 2) + "  ", "dim")
        cells_of_row = [_step(share, row, rows) for share in shares]
        cells_of_row += [PROJECTED if _row_of(one, rows) == row else " " for one in ahead]
        _append(line, cells_of_row, colour, GUIDE if _guide(row, rows) is not None else " ")
        line.append("│" + _end_mark(limit, row, rows), "dim")
        lines.append(line)
    lines.append(_axis(limit, start, end, now, zone, cells))
    return lines


def _append(line: Text, cells: Sequence[str], colour: str, empty: str) -> None:
    """The cells in their colour; where there is nothing, `empty`."""
    for is_empty, group in groupby(cells, lambda cell: cell == " "):
        number = len(found := "".join(group))
        line.append(empty * number if is_empty else found, "dim" if is_empty else colour)


def _guide(row: int, rows: int) -> float | None:
    """The share at which a warning is sent, if there is a line for it in this row; in few rows there is none."""
    return next((one for one in GUIDES if _row_of(one, rows) == row), None) if rows >= ROWS_WITH_GUIDES else None


def _shares(points: Sequence[tuple[int, float]], start: int, end: int, cells: int) -> list[float]:
    """The share by column: the last that was reported by its end."""
    found, share, at = [], 0.0, 0
    known = [point for point in points if start <= point[0]]
    for cell in range(cells):
        until = start + (end - start) * (cell + 1) / cells
        while at < len(known) and known[at][0] <= until:
            share, at = known[at][1], at + 1
        found.append(share)
    return found


def _ahead(limit: LimitPart, shares: Sequence[float], cells: int, passed: int) -> list[float | None]:
    """What is projected by column."""
    projected, left = limit.forecast.projected, cells - passed
    if projected is None or not shares or left <= 0:
        return [None] * left
    return [limit.utilization + (projected - limit.utilization) * (cell + 1) / left for cell in range(left)]


def _step(share: float, row: int, rows: int) -> str:
    eighths = round(8 * rows * min(1.0, share)) - 8 * (row - 1)
    return _STEPS[max(0, min(8, eighths))]


def _row_of(share: float | None, rows: int) -> int | None:
    return None if share is None else max(1, min(rows, round(rows * min(1.0, share) + 0.5)))


def _mark(row: int, rows: int) -> str:
    return "100 %" if row == rows else "50 %" if row == (rows + 1) // 2 else "0" if row == 1 else ""


def _end_mark(limit: LimitPart, row: int, rows: int) -> str:
    projected = limit.forecast.projected
    if projected is None or _row_of(projected, rows) != row:
        guide = _guide(row, rows)
        return f" {share_of(guide)}" if guide is not None else ""
    return f" {share_of(min(1.0, projected))}"


def _caption(limit: LimitPart, now: int, start: int, width: int) -> Text:
    """The window, and its pace: what was used a unit so far, and what lasts."""
    line = Text.assemble("  ", (window_name(limit.window), "bold"))
    unit, name = (HOUR, "an hour") if limit.window == FIVE_HOUR else (DAY, "a day")
    so_far, left = (now - start) / unit, ((limit.resets_at or now) - now) / unit
    if so_far > 0 and left > 0 and limit.utilization < 1:
        used = whole_percent(100 * limit.utilization / so_far)
        lasts = whole_percent(100 * (1 - limit.utilization) / left)
        text = f"   {used} % {name} so far, lasts up to {lasts} %"
        if len(line.plain) + len(text) <= width:
            line.append(text, "dim")
    return line


def _axis(limit: LimitPart, start: int, end: int, now: int, zone: tzinfo | None, cells: int) -> Text:
    """The start, the present and the reset below the columns."""
    is_short = limit.window == FIVE_HOUR
    first = clock(start, zone) if is_short else moment(start, now, zone)
    last = f"{clock(end, zone) if is_short else moment(end, now, zone)}, reset"
    gap = max(1, cells + 1 - len(first) - len(last))
    return Text(" " * _LABEL + first + " " * gap + last, "dim")
