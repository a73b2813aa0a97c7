"""The screen of `watch`: it fills any terminal exactly, and its last line has the keys."""

from __future__ import annotations

from datetime import UTC

import msgspec
import pytest
from rich.cells import cell_len

from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.forecast.window import Forecast
from exporter.domain.usage.amount import Amount
from exporter.domain.usage.tokens import Tokens
from exporter.report.course import Course, chart
from exporter.report.watch import Watched, keys_line, screen
from exporter.snapshot.limit_parts import LimitPart
from support.snapshots import HOUR, NOON, busy_snapshot, two_accounts

LASTS = Forecast("lasts", projected=0.8)
LIMIT = LimitPart("five_hour", "five_hour", 0.5, "official", "statusline", NOON, NOON + 2 * HOUR, forecast=LASTS)
POINTS = [(NOON - 3 * HOUR + number * 18 * MINUTE, number / 20) for number in range(11)]
CHART = """\
  5 hours   17 % an hour so far, lasts up to 25 %
 100 %                                              │
                                       ╌╌╌╌╌╌╌╌╌╌╌╌╌│ 80 %
  50 %                         ▂▂▂╌╌╌╌╌             │
                     ▂▂▄▄▄▆▆▆█████                  │
     0    ▂▂▂▄▄▆▆▆████████████████                  │
        09:00                            14:00, reset"""


@pytest.mark.parametrize("height", [6, 12, 20, 24, 40, 60])
def test_it_fills_the_terminal(height: int) -> None:
    course = Course(LIMIT, POINTS)
    for snapshot in (busy_snapshot(), two_accounts()):
        watched = Watched(snapshot, "live, 2 s ago", {}, course, Amount(Tokens(1), 3_400_000_000, 0, 41, 0))
        for width in range(40, 161, 5):
            lines = [line.plain for line in screen(watched, width, height, UTC)]
            assert height == len(lines)
            assert width >= max(map(cell_len, lines))
            assert "q quit" in lines[-1]
            assert lines[0].startswith("■ ")


def test_in_few_columns_the_verdict_is_broken_between_words_and_whole() -> None:
    watched = Watched(busy_snapshot(), "live, 2 s ago", {}, None, Amount())
    lines = [line.plain for line in screen(watched, 40, 24, UTC)]
    assert [
        "■ Week: limit reached. Available again",
        "  at Mon 12:00 (in 24 h 00 min)",
        "  live, 2 s ago",
        "",
    ] == lines[:4]
    assert "■ Week: limit reached. Available again at Mon 12:00" in screen(watched, 60, 24, UTC)[0].plain


def test_the_course() -> None:
    found = chart(Course(LIMIT, POINTS), NOON, UTC, 60, 7)
    assert CHART == "\n".join(line.plain.rstrip() for line in found)


def test_the_shares_that_warn_are_lines_where_there_is_room() -> None:
    lines = [line.plain.rstrip() for line in chart(Course(LIMIT, POINTS), NOON, UTC, 60, 12)]
    assert [f" 100 %  {44 * '┈'}│ 95 %", f"        {37 * '┈'}╌╌╌╌╌╌╌│ 80 %"] == [line for line in lines if "┈" in line]


def test_without_room_or_reset_there_is_none() -> None:
    assert [] == chart(Course(LIMIT, POINTS), NOON, UTC, 80, 4)
    assert [] == chart(Course(msgspec.structs.replace(LIMIT, resets_at=None), POINTS), NOON, UTC, 80, 10)


def test_of_what_resets_the_course_begins_again() -> None:
    earlier = [(NOON - 6 * HOUR, 0.9), *POINTS[:1]]
    lines = [line.plain for line in chart(Course(LIMIT, earlier), NOON, UTC, 40, 7)]
    assert "█" not in "".join(lines)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (80, "  s sessions  d days  m models  p projects  l limits  ? help  q quit"),
        (60, "s sessions d days m models p projects l limits ? help q quit"),
        (40, "s sessions d days m models ? help q quit"), (20, "  ? help  q quit"),
    ],
)  # fmt: skip
def test_the_keys_that_fit(width: int, expected: str) -> None:
    assert expected == keys_line(width).plain.rstrip()
