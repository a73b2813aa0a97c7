"""The heat maps: every weekday and hour at its place, readable without colour, within 80 columns."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC

import msgspec
import pytest
from rich.console import Console

from exporter.domain.blocks.block import Block
from exporter.domain.calendar.day import Span
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.planning import CELLS, Cell, Coverage, UsagePlan
from exporter.report.plan import plan_tables, shade
from support.snapshots import NOON

USED: Mapping[int, tuple[int, int, int]] = {
    9: (1_000_000, 60, 0),
    10: (4_000_000, 120, 2),
    11: (2_000_001, 30, 0),
    24 + 23: (1, 5, 1),
    6 * 24 + 12: (3_000_000, 1, 0),
}
"""Tokens, minutes and hits by cell."""
PLAN = UsagePlan(
    Span(NOON - 28 * DAY, NOON),
    tuple(
        Cell(tokens, minutes * MINUTE, 4 * HOUR, hits)
        for tokens, minutes, hits in (USED.get(number, (0, 0, 0)) for number in range(CELLS))
    ),
    tuple({9: 4, 10: 1}.get(hour, 0) for hour in range(24)),
    Block(NOON - HOUR, NOON + 4 * HOUR, "estimated"),
    Coverage(NOON, NOON + 5 * HOUR, 750_000, 15_000, 0.3),
)
EXPECTED = """\
By weekday and hour, 2026-10-25 12:00 to 2026-11-22 12:00

Tokens, busiest hour: 4.00M
     0     3     6     9     12    15    18    21
Mon  ··················░░██▓▓························ 7.00M
Tue  ··············································░░ 1
Wed  ················································ 0
Thu  ················································ 0
Fri  ················································ 0
Sat  ················································ 0
Sun  ························▓▓······················ 3.00M

Active time, busiest hour: 2 h 00 min
     0     3     6     9     12    15    18    21
Mon  ··················▒▒██░░························ 3 h 30 min
Tue  ··············································░░ 5 min
Wed  ················································ 0 s
Thu  ················································ 0 s
Fri  ················································ 0 s
Sat  ················································ 0 s
Sun  ························░░······················ 1 min

Limits reached, busiest hour: 2
     0     3     6     9     12    15    18    21
Mon  ····················██·························· 2
Tue  ··············································▒▒ 1
Wed  ················································ 0
Thu  ················································ 0
Fri  ················································ 0
Sat  ················································ 0
Sun  ················································ 0

Starts of 5-hour blocks, busiest hour: 4
     0     3     6     9     12    15    18    21
     ··················██░░·························· 5

A 5-hour block started now, 12:00 to 17:00, typically uses 750,000 tokens and 15
s of activity, 30 % of a week's tokens.
A block is running until 16:00.

· nothing, ░ up to 25 %, ▒ up to 50 %, ▓ up to 75 %, █ up to 100 % of the
busiest hour.
Read just now.
"""


def printed(plan: UsagePlan, width: int) -> str:
    console = Console(width=width, file=io.StringIO())
    console.print(plan_tables(plan, "Read just now.", width, UTC))
    assert isinstance(console.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


def test_a_plan() -> None:
    assert EXPECTED == printed(PLAN, 80)


def test_in_a_narrow_terminal_sums_that_do_not_fit_are_left_out() -> None:
    wide, narrow = (printed(PLAN, width).splitlines() for width in (80, 60))
    assert wide[:12] == narrow[:12]
    assert "Mon  ··················▒▒██░░························" == narrow[14]
    assert all(len(line) <= 60 for line in narrow)


def test_unknown_values_are_not_shown_as_0() -> None:
    nothing = msgspec.structs.replace(
        PLAN,
        cells=(Cell(0, 0, 0, 0),) * CELLS,
        block_starts=(0,) * 24,
        running=None,
        covered=Coverage(NOON, NOON + 5 * HOUR, None, None, None),
    )
    text = printed(nothing, 120)
    assert "A 5-hour block started now, 12:00 to 17:00, covers hours without data so far.\n" in text
    assert "No 5-hour blocks.\n" in text
    assert "Limit hits" not in text


@pytest.mark.parametrize(
    ("figure", "sign"), [(0, "·"), (1, "░"), (25, "░"), (26, "▒"), (50, "▒"), (75, "▓"), (76, "█"), (100, "█")]
)
def test_shades(figure: int, sign: str) -> None:
    assert sign == shade(figure, 100)
