"""The week in sessions, on a written-out month: what a full window costs, and the ledger of weeks."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from exporter.domain.blocks.block import Window
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.ledger import LedgerWeek, ledger
from exporter.domain.limits.raised import Raise
from exporter.domain.limits.window_cost import (
    FullWindow,
    Said,
    ShareHistory,
    WindowCost,
    full_windows,
    window_cost,
)
from exporter.domain.limits.windows import ReportedReset, official_weeks


def at(text: str) -> int:
    """`11-20 09:00` of 2026, UTC, as ms."""
    found = timestamp.parse(f"2026-{text.replace(' ', 'T')}:00Z")
    assert found is not None
    return found


NOW = at("11-22 12:00")
# By window: its start, then minutes since its start with the percents of the window and of the week.
MONTH: dict[str, list[tuple[int, int, int]]] = {
    # The week of 10-30 09:00
    "10-30 10:00": [(5, 2, 0), (120, 50, 6), (290, 96, 11)],  # 11 % for 94 %
    "11-01 09:00": [(5, 1, 11), (200, 60, 17)],  # never full
    "11-02 14:00": [(10, 4, 18), (180, 92, 29), (202, 100, 30)],  # reached after 200 minutes: 12 % for 96 %
    # The week of 11-06 09:00
    "11-06 10:00": [(30, 12, 2), (290, 97, 12)],  # its start was not seen
    "11-06 15:10": [(15, 8, 13), (295, 94, 22)],  # 12 % of the week 20 minutes before: 10 % for 94 %
    "11-09 10:00": [(5, 1, 22), (100, 50, 28), (110, 10, 29), (280, 95, 40)],  # raised in it
    "11-10 10:00": [(5, 1, 90), (200, 93, 99)],  # 9 % for 92 %; then the week's limit
    # The week of 11-13 09:00
    "11-14 10:00": [(2, 90, 0), (5, 0, 0), (299, 90, 10)],  # a repeat of an old share, then 10 % for 90 %
    "11-20 07:00": [(5, 1, 50), (250, 95, 8)],  # the week reset in it
    # The week of 11-20 09:00
    "11-21 10:00": [(5, 3, 10), (240, 99, 22)],  # 12 % for 96 %
    "11-22 10:00": [(5, 1, 22), (100, 91, 33)],  # still runs
}
WEEKS = ("10-30 09:00", "11-06 09:00", "11-13 09:00", "11-20 09:00")


def said(number: int) -> tuple[Said, ...]:
    """The month's shares: 1 of the windows, 2 of the week."""
    found = [
        (at(start) + row[0] * MINUTE, row[number] / 100, "statusline") for start, rows in MONTH.items() for row in rows
    ]
    return tuple(Said(moment, moment, share, source) for moment, share, source in found)


def month() -> ShareHistory:
    return ShareHistory(
        said(1),
        said(2),
        tuple(Window(at(start), at(start) + 5 * HOUR) for start in MONTH),
        tuple(Window(at(start), at(start) + 7 * DAY) for start in WEEKS),
        (
            Hit("five_hour", at("11-02 17:20"), at("11-02 19:00")),
            Hit("seven_day", at("11-10 13:30"), at("11-13 09:00")),
        ),
        (Raise(1, "five_hour", at("11-09 11:50"), at("11-09 15:00"), 0.5, 0.1, "statusline"),),
    )


def test_a_full_window_costs_the_rise_of_the_week_for_all_of_it() -> None:
    found = [(one.start, one.cost and round(one.cost, 4)) for one in full_windows(month(), NOW)]
    assert [
        (at("10-30 10:00"), 0.1170),
        (at("11-02 14:00"), 0.125),
        (at("11-06 10:00"), None),
        (at("11-06 15:10"), 0.1064),
        (at("11-09 10:00"), None),
        (at("11-10 10:00"), 0.0978),
        (at("11-14 10:00"), 0.1111),
        (at("11-20 07:00"), None),
        (at("11-21 10:00"), 0.125),
        (at("11-22 10:00"), None),
    ] == found


def test_the_cost_of_a_window_is_the_median_with_the_range_that_rounding_allows() -> None:
    cost = window_cost(full_windows(month(), NOW), NOW)
    assert cost is not None
    # (11.111 % + 11.702 %) / 2; the lowest is 8 % for 93 %, the highest 13 % for 95 %
    assert (0.1141, 0.0860, 0.1368, 6) == (*(round(one, 4) for one in (cost.median, cost.low, cost.high)), cost.windows)
    assert 5.87 == round(cost.left(0.33), 2)
    assert 0.0 == cost.left(1.01)


def test_the_ledger_of_weeks() -> None:
    found = ledger(month(), NOW)
    rounded = [(one.cost and round(one.cost, 4)) for one in found]
    assert [0.1210, 0.1021, 0.1111, 0.125] == rounded  # medians of 2, 2, 1 and 1
    shown = [(one.start, one.used, round(one.unused, 2), one.used_at) for one in found]
    assert [
        (at("10-30 09:00"), 0.3, 0.7, at("11-02 17:22")),
        (at("11-06 09:00"), 1.0, 0.0, at("11-10 13:30")),
        (at("11-13 09:00"), 0.5, 0.5, at("11-20 07:05")),
        (at("11-20 09:00"), 0.33, 0.67, at("11-22 11:40")),
    ] == shown
    counts = [(one.full_windows, one.measured, one.hits, one.week_hits) for one in found]
    assert [(2, 2, 1, 0), (4, 2, 0, 1), (2, 1, 0, 0), (2, 1, 0, 0)] == counts
    assert [7 * DAY] * 4 == [one.end - one.start for one in found]


def test_what_came_later_is_not_known_yet() -> None:
    found = full_windows(month(), at("11-06 09:00"))
    assert [at("10-30 10:00"), at("11-02 14:00")] == [one.start for one in found]


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        pytest.param([0.1, 0.2], None, id="two windows say too little"),
        pytest.param([0.1, 0.2, 0.12], WindowCost(0.12, 0.09, 0.21, 3), id="three are enough"),
        pytest.param([0.0, 0.0, 0.1], None, id="a window that costs nothing"),
        pytest.param([0.9] * 5 + [0.1] * 20, WindowCost(0.1, 0.09, 0.11, 20), id="the newest twenty count"),
    ],
)
def test_cost_needs_three_windows(costs: Sequence[float], expected: WindowCost | None) -> None:
    windows = [
        FullWindow(NOW - (len(costs) - number) * DAY, cost, round(cost - 0.01, 4), round(cost + 0.01, 4))
        for number, cost in enumerate(costs)
    ]
    assert expected == window_cost(windows, NOW)


def test_windows_of_more_than_eight_weeks_ago_do_not_count() -> None:
    assert None is window_cost([FullWindow(NOW - 57 * 7 * DAY, 0.1, 0.1, 0.1)] * 3, NOW)


def sampled(*rows: tuple[int, int, int], source: str = "statusline") -> ShareHistory:
    """One window from 11-14 10:00, in one week."""
    start = at("11-14 10:00")
    five_hour = tuple(Said(start + m * MINUTE, start + m * MINUTE, share / 100, source) for m, share, _ in rows)
    week = tuple(Said(start + m * MINUTE, start + m * MINUTE, share / 100, source) for m, _, share in rows)
    weeks = (Window(at("11-13 09:00"), at("11-20 09:00")),)
    return ShareHistory(five_hour, week, (Window(start, start + 5 * HOUR),), weeks)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param(sampled((5, 5, 10), (290, 95, 19)), 0.1, id="5 % at its first reading"),
        pytest.param(sampled((5, 6, 10), (290, 96, 19)), None, id="6 % at its first reading"),
        pytest.param(sampled((-59, 0, 10), (5, 6, 11), (290, 90, 19)), 0.1, id="the week's share an hour before"),
        pytest.param(sampled((-61, 0, 10), (5, 6, 11), (290, 90, 19)), None, id="more than an hour before"),
        pytest.param(sampled((5, 5, 19), (290, 95, 10)), None, id="the week's share fell"),
        pytest.param(sampled((5, 5, 90), (290, 95, 100)), None, id="the week was used up in it"),
    ],
)
def test_whether_a_window_was_seen_whole(history: ShareHistory, expected: float | None) -> None:
    (window,) = full_windows(history, NOW)
    assert expected == pytest.approx(window.cost)


def test_a_share_holds_until_it_was_repeated_last() -> None:
    """The sources store a share once, with the last time it was given: the week stayed at 10 % for two hours."""
    start = at("11-14 10:00")
    history = ShareHistory(
        (
            Said(start + 115 * MINUTE, start + 118 * MINUTE, 0.03),
            Said(start + 290 * MINUTE, start + 290 * MINUTE, 0.98),
        ),
        (Said(start - HOUR, start + 2 * HOUR, 0.1), Said(start + 285 * MINUTE, start + 290 * MINUTE, 0.2)),
        (Window(start, start + 5 * HOUR),),
        (Window(at("11-13 09:00"), at("11-20 09:00")),),
    )
    (window,) = full_windows(history, NOW)
    assert 0.1053 == pytest.approx(window.cost, abs=0.0001)  # 10 % for 95 %


def test_a_window_that_another_cut_short_was_not_seen_whole() -> None:
    history = sampled((5, 5, 10), (230, 95, 19))
    start = at("11-14 10:00")
    cut = ShareHistory(history.five_hour, history.week, (Window(start, start + 4 * HOUR),), history.weeks)
    assert [FullWindow(start)] == full_windows(cut, NOW)


def test_a_week_whose_share_is_not_known_is_not_in_the_ledger() -> None:
    weeks = (Window(at("11-13 09:00"), at("11-20 09:00")),)
    assert [] == ledger(ShareHistory(weeks=weeks), NOW)


def test_the_week_of_one_family_is_no_share_of_the_week_of_all() -> None:
    weeks = (Window(at("11-13 09:00"), at("11-20 09:00")),)
    moment = at("11-14 10:00")
    history = ShareHistory(
        week=(Said(moment, moment, 0.2),), weeks=weeks, hits=(Hit("seven_day_opus", at("11-15 10:00"), None),)
    )
    assert [LedgerWeek(weeks[0].start, weeks[0].end, 0.2, moment, None, 0, 0, 0, 1)] == ledger(history, NOW)


@pytest.mark.parametrize(
    ("resets", "expected"),
    [
        pytest.param(
            [("11-08 10:00", "11-13 09:00"), ("11-14 10:00", "11-20 09:00")],
            [("11-06 09:00", "11-13 09:00"), ("11-13 09:00", "11-20 09:00")],
            id="two in a row",
        ),
        pytest.param(
            [("11-08 10:00", "11-13 09:00"), ("11-14 10:00", "11-20 09:00"), ("11-16 10:00", "11-18 09:00")],
            [("11-06 09:00", "11-13 09:00"), ("11-13 09:00", "11-18 09:00")],
            id="moved to an earlier day",
        ),
        pytest.param(
            [("11-08 10:00", "11-13 09:00"), ("11-10 12:00", "11-17 11:00")],
            [("11-06 09:00", "11-10 11:00"), ("11-10 11:00", "11-17 11:00")],
            id="reset early",
        ),
        pytest.param([("11-05 08:00", "11-13 09:00")], [], id="more than a week ahead"),
    ],
)
def test_official_weeks(resets: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
    reported = [ReportedReset(at(reset), at(said_at), exact=True) for said_at, reset in resets]
    weeks = [Window(at(start), at(end)) for start, end in expected]
    assert weeks == official_weeks(reported)
    assert weeks == official_weeks(reversed(reported))
