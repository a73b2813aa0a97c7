"""The week in sessions as text: a line, and the table of weeks."""

from __future__ import annotations

import io
from datetime import UTC

import pytest
from rich.console import RenderableType

from exporter.domain.calendar.timestamp import DAY, HOUR
from exporter.domain.limits.ledger import LedgerWeek
from exporter.domain.limits.window_cost import WindowCost
from exporter.report.terminal import Terminal
from exporter.report.weeks import week_in_sessions, weeks
from exporter.snapshot.limits.weeks import PastWeek
from support.snapshots import NOON

FRIDAY = NOON - 51 * HOUR
COST = WindowCost(0.1141, 0.086, 0.1368, 6)


def printed(found: RenderableType, width: int) -> str:
    console = Terminal(1, width=width, file=io.StringIO())
    console.print_report(found)
    assert isinstance(console.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (
            5.87,
            "About 5.9 full 5-hour windows left this week; one costs about 11.4 % of the week"
            " (8.6 to 13.7 %, from 6 windows)",
        ),
        (
            0.0,
            "No full 5-hour window left this week; one costs about 11.4 % of the week (8.6 to 13.7 %, from 6 windows)",
        ),
        (None, "A full 5-hour window costs about 11.4 % of the week (8.6 to 13.7 %, from 6 windows)"),
    ],
)
def test_the_line(left: float | None, expected: str) -> None:
    assert expected == week_in_sessions(COST, left).plain


def ledger() -> list[PastWeek]:
    before = LedgerWeek(FRIDAY - 7 * DAY, FRIDAY, 0.3, FRIDAY - DAY, 0.121, 2, 2, 1, 0)
    running = LedgerWeek(FRIDAY, FRIDAY + 7 * DAY, 0.93, NOON, None, 1, 0, 0, 1)
    return [PastWeek(before, "0f1e2d3c4b", False), PastWeek(running, "0f1e2d3c4b", True)]


NOTES = """
Left unused: of the week's limit. Window: what a full 5-hour
window cost of the week, the median.
Full: 5-hour windows used to 90 % or more. Reached: limits of
5-hour windows and of weeks.
* Running now.
Read just now.
"""


def test_the_table_of_one_account() -> None:
    assert (
        """\
Week from          Used Left unused Window Full Reached
2026-11-13 09:00   30 %        70 % 12.1 %    2   1 + 0
2026-11-20 09:00 * 93 %         7 %      ?    1   0 + 1
"""
        + NOTES
        == printed(weeks(ledger(), "Read just now.", 61, UTC), 61)
    )


def test_several_accounts_are_named() -> None:
    items = ledger()
    items[1] = PastWeek(items[1].week, "b6d01e5a42", True)
    first = printed(weeks(items, "Read just now.", 80, UTC), 80).splitlines()[:3]
    assert [
        "Week from          Account    Used Left unused Window Full Reached",
        "2026-11-13 09:00   0f1e2d3c4b 30 %        70 % 12.1 %    2   1 + 0",
        "2026-11-20 09:00 * b6d01e5a42 93 %         7 %      ?    1   0 + 1",
    ] == first


def test_without_a_week() -> None:
    assert [
        "No week is known in this period: usage reports from Claude with the week's reset",
        "bring them.",
        "Read just now.",
    ] == printed(weeks([], "Read just now.", 80), 80).splitlines()


def test_in_forty_columns_no_word_is_broken() -> None:
    items = ledger()
    items[1] = PastWeek(items[1].week, "b6d01e5a42", True)
    assert [
        "Week from          Account    Used Window",
        "2026-11-13 09:00   0f1e2d3c4b 30 % 12.1 %",
        "2026-11-20 09:00 * b6d01e5a42 93 %      ?",
    ] == printed(weeks(items, "Read just now.", 41, UTC), 41).splitlines()[:3]
    assert ["Week from          Used Window Reached", "2026-11-13 09:00   30 % 12.1 %   1 + 0"] == printed(
        weeks(ledger(), "Read just now.", 40, UTC), 40
    ).splitlines()[:2]
