"""Planning data: hours of the week on a zone's clocks, and what a block started now would cover."""

from __future__ import annotations

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import pytest

from exporter.domain.blocks.block import Block
from exporter.domain.calendar.day import Span
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, parse
from exporter.domain.planning import (
    CELLS,
    Cell,
    Coverage,
    Pulse,
    active_spans,
    build_plan,
    by_cell,
    cell_of,
    expected_coverage,
)

BERLIN = ZoneInfo("Europe/Berlin")
KATHMANDU = ZoneInfo("Asia/Kathmandu")


def ms(text: str) -> int:
    found = parse(f"{text}Z")
    assert found is not None
    return found


MONDAY = ms("2026-11-16T00:00")


@pytest.mark.parametrize(
    ("at", "zone", "weekday", "hour"),
    [
        pytest.param("2026-11-16T00:00", UTC, 0, 0, id="Monday begins the week"),
        pytest.param("2026-11-22T23:59", UTC, 6, 23, id="Sunday ends it"),
        pytest.param("2026-11-22T23:00", BERLIN, 0, 0, id="by the zone's clock"),
        pytest.param("2026-11-16T00:14", KATHMANDU, 0, 5, id="5:45 ahead of UTC"),
        pytest.param("2026-03-29T01:00", BERLIN, 6, 3, id="the hour after the one left out"),
        pytest.param("2026-10-25T01:00", BERLIN, 6, 2, id="the hour that comes twice"),
    ],
)
def test_a_time_has_a_cell(at: str, zone: tzinfo, weekday: int, hour: int) -> None:
    assert 24 * weekday + hour == cell_of(ms(at), zone)


@pytest.mark.parametrize(
    ("start", "end", "zone", "expected"),
    [
        pytest.param("2026-11-16T10:50", "2026-11-16T12:05", UTC, {10: 10, 11: 60, 12: 5}, id="split at the hours"),
        pytest.param("2026-11-16T00:10", "2026-11-16T00:20", KATHMANDU, {5: 5, 6: 5}, id="at a quarter past in UTC"),
        pytest.param(
            "2026-03-29T00:30", "2026-03-29T01:30", BERLIN, {145: 30, 147: 30}, id="over the hour that is left out"
        ),
        pytest.param(
            "2026-10-25T00:00", "2026-10-25T02:00", BERLIN, {146: 120}, id="the hour that comes twice is one cell"
        ),
        pytest.param("2026-11-16T10:00", "2026-11-16T10:00", UTC, {}, id="nothing"),
    ],
)
def test_minutes_by_cell(start: str, end: str, zone: tzinfo, expected: dict[int, int]) -> None:
    found = by_cell([Span(ms(start), ms(end))], zone)
    assert expected == {cell: figure // MINUTE for cell, figure in enumerate(found) if figure}


def test_activity_is_the_union_of_five_minutes_after_each_response() -> None:
    """
    pulses     0──2 4       20      29
    spans      [────────)   [────)  [─)  up to 30
    """
    pulses = [
        Pulse(0, 2 * MINUTE, 1),
        Pulse(4 * MINUTE, 4 * MINUTE, 1),
        *(Pulse(m * MINUTE, m * MINUTE, 1) for m in (20, 29)),
    ]
    spans = [(start / MINUTE, end / MINUTE) for start, end in active_spans(pulses, 30 * MINUTE)]
    assert [(0, 7), (7, 9), (20, 25), (29, 30)] == spans


def cells(**of: Cell) -> list[Cell]:
    """Cells by `c` and their number; the others were observed for two hours and hold nothing."""
    found = [Cell(0, 0, 2 * HOUR, 0)] * CELLS
    for name, cell in of.items():
        found[int(name[1:])] = cell
    return found


def test_a_block_covers_the_mean_of_its_hours() -> None:
    """Monday 10:40: from 10:00 to 15:00. At 9:00 and from 15:00 on lies what it does not cover."""
    known_cells = cells(
        c9=Cell(1_000, HOUR, 2 * HOUR, 0),
        c10=Cell(400, HOUR, 2 * HOUR, 0),
        c14=Cell(200, 30 * MINUTE, HOUR, 0),
        c15=Cell(600, HOUR, 2 * HOUR, 0),
    )
    expected = Coverage(MONDAY + 10 * HOUR, MONDAY + 15 * HOUR, 400, HOUR, 400 / 1_200)
    assert expected == expected_coverage(known_cells, MONDAY + 10 * HOUR + 40 * MINUTE, UTC)


@pytest.mark.parametrize(
    ("known_cells", "expected"),
    [
        pytest.param(cells(), (0, 0, None), id="nothing used: no share of nothing"),
        pytest.param(cells(c12=Cell(0, 0, 0, 0)), (None, None, None), id="an hour that was not observed: unknown"),
        pytest.param(
            cells(c10=Cell(8, 0, 2 * HOUR, 0), c99=Cell(0, 0, 0, 0)), (4, 0, None), id="the week is not known whole"
        ),
    ],
)
def test_unknown_cells_are_marked_unknown(known_cells: list[Cell], expected: tuple[float | None, ...]) -> None:
    found = expected_coverage(known_cells, MONDAY + 10 * HOUR, UTC)
    assert expected == (found.tokens, found.active, found.share)


def test_a_plan_of_two_weeks() -> None:
    span = Span(MONDAY, MONDAY + 14 * DAY)
    at = MONDAY + 10 * HOUR + 58 * MINUTE
    again = at + 7 * DAY
    running = Block(span.end, span.end + 5 * HOUR, "official")
    made = build_plan(
        span,
        [Pulse(at, at, 100), Pulse(again, again + MINUTE, 50)],
        [MONDAY + 10 * HOUR, MONDAY + 7 * DAY + 10 * HOUR, MONDAY + DAY + 22 * HOUR],
        [MONDAY + 14 * HOUR],
        running,
        MONDAY + 14 * DAY + 9 * HOUR + 59 * MINUTE,
        UTC,
    )
    expected = cells(
        c10=Cell(150, 4 * MINUTE, 2 * HOUR, 0), c11=Cell(0, 7 * MINUTE, 2 * HOUR, 0), c14=Cell(0, 0, 2 * HOUR, 1)
    )
    assert expected == list(made.cells)
    assert [(10, 2), (22, 1)] == [(hour, count) for hour, count in enumerate(made.block_starts) if count]
    assert (75, 5.5 * MINUTE, 1) == (made.covered.tokens, made.covered.active, made.covered.share)
    assert running == made.running
