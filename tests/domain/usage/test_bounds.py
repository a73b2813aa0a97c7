"""What an entry may hold."""

from __future__ import annotations

import pytest

from exporter.domain.calendar.timestamp import DAY, MINUTE
from exporter.domain.usage.bounds import ANY_TIME, TimeBounds, due_at, is_in_time, join_cost, storable, time_bounds

NOON = 1_795_348_800_000
"""2026-11-22T12:00Z."""


def test_the_bounds_of_times_follow_the_clock() -> None:
    expected = TimeBounds(1_672_531_200_000, NOON + 300_000, NOON + 366 * DAY)
    assert expected == time_bounds(NOON)


def test_nothing_is_ahead_of_a_clock_that_is_not_set() -> None:
    assert ANY_TIME == time_bounds(0) == time_bounds(1_672_531_199_999)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(1_672_531_199_999, False, id="before 2023"),
        pytest.param(1_672_531_200_000, True, id="2023"),
        pytest.param(NOON + 366 * DAY, True, id="a year ahead"),
        pytest.param(NOON + 366 * DAY + 1, False, id="more than a year ahead"),
    ],
)
def test_possible_times(at: int, expected: bool) -> None:
    assert expected == is_in_time(at, NOON)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(NOON, NOON - 5 * MINUTE, id="a whole minute"),
        pytest.param(NOON + 1, NOON - 4 * MINUTE, id="rounded up"),
        pytest.param(NOON + 59_999, NOON - 4 * MINUTE, id="to the minute"),
    ],
)
def test_an_entry_counts_from_a_whole_minute_on(at: int, expected: int) -> None:
    assert expected == due_at(at)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(7, 7, id="small"),
        pytest.param(9_223_372_036_854_775_808, 9_223_372_036_854_775_807, id="2^63"),
        pytest.param(-(10**30), -9_223_372_036_854_775_807, id="far below"),
    ],
)
def test_what_is_stored_fits(value: int, expected: int) -> None:
    assert expected == storable(value)


def test_a_sum_of_costs_may_be_beyond_63_bits() -> None:
    assert 20_000_000_000_000_000_005 == join_cost(20_000_000_000, 5)
    assert 0 == join_cost(None, None)
