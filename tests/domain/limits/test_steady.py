"""The week's method: mean spending per hour, a normal spread of days."""

from __future__ import annotations

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR
from exporter.domain.limits import steady
from exporter.domain.limits.steady import HourlySpending

NOW = 2000 * HOUR
DOLLAR = 10**9


def test_spending_by_hour_starts_with_the_first_use_and_ends_with_the_last_full_hour() -> None:
    spent = [
        (NOW - 57 * 7 * DAY, 9),  # older than eight weeks
        (NOW - 2 * HOUR + 1, 2),
        (NOW - 4 * HOUR, 5),
        (NOW - 4 * HOUR + HOUR - 1, 6),
        (NOW + 1, 7),  # in the hour that runs
    ]
    assert [11, 0, 2, 0] == steady.spent_by_hour(spent, NOW + 30)


def test_spending_by_hour_reaches_back_eight_weeks() -> None:
    spent = [(NOW - 1344 * HOUR, 1), (NOW - 1344 * HOUR - 1, 5)]
    assert [1] + [0] * 1343 == steady.spent_by_hour(spent, NOW)


def test_spending_by_hour_without_use() -> None:
    assert [] == steady.spent_by_hour([], NOW)


def test_no_spending_is_known_without_an_hour() -> None:
    assert None is steady.hourly_spending([])


def test_spread_of_days_comes_from_whole_days_counted_back_from_now() -> None:
    hours = [100] * 6 + [2] * 24 + [4] * 24 + [6] * 24  # days of 48, 96 and 144; the first six hours are no day
    spending = steady.hourly_spending(hours)
    assert spending is not None
    assert 78 == spending.hours
    assert (600 + 48 + 96 + 144) / 78 == pytest.approx(spending.mean)
    assert 39.19183588 == pytest.approx(spending.daily_deviation)  # of 48, 96, 144: the root of 1536


def test_with_two_days_a_day_may_differ_by_a_day() -> None:
    assert HourlySpending(3.0, 72.0, 48) == steady.hourly_spending([2] * 24 + [4] * 24)


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        pytest.param(240 * DOLLAR, 0.5, id="exactly the mean: an even chance"),
        # spread: root of 40² × 10 × 1.3 + (0.25 × 240)² = 156.2
        pytest.param(140 * DOLLAR, 0.7389, id="$100 below the mean of $240"),
        pytest.param(340 * DOLLAR, 0.2611, id="$100 above it"),
        pytest.param(0, 1.0, id="nothing is left"),
        pytest.param(-1, 1.0, id="more than everything was spent"),
    ],
)
def test_chance(left: int, expected: float) -> None:
    spending = HourlySpending(1 * DOLLAR, 40 * DOLLAR, 1344)
    assert expected == pytest.approx(steady.chance_to_reach(left, 240, spending), abs=0.0001)


def test_an_uncertain_size_widens_the_spread() -> None:
    spending = HourlySpending(1 * DOLLAR, 40 * DOLLAR, 1344)
    chance = steady.chance_to_reach(140 * DOLLAR, 240, spending, error=0.5)  # the spread is 171.2
    assert 0.7204 == pytest.approx(chance, abs=0.0001)


def test_no_time_left_and_no_spending() -> None:
    assert 0.0 == steady.chance_to_reach(1, 0, HourlySpending(5.0, 5.0, 1344))
    assert 0.0 == steady.chance_to_reach(1, 5, HourlySpending(0.0, 0.0, 1344))


@pytest.mark.parametrize(
    ("spending", "elapsed", "expected"),
    [
        pytest.param(None, 0.9, False, id="no history"),
        pytest.param(HourlySpending(1, 1, 167), 0.9, False, id="less than seven days of history"),
        pytest.param(HourlySpending(1, 1, 168), 0.28, False, id="before the week's third day"),
        pytest.param(HourlySpending(1, 1, 168), 2 / 7, True, id="from its third day on"),
    ],
)
def test_thin_data(spending: HourlySpending | None, elapsed: float, expected: bool) -> None:
    assert expected is steady.is_known(spending, elapsed)


def test_a_warning_starts_at_065_and_is_withdrawn_below_035() -> None:
    chances = [0.64, 0.65, 0.5, 0.35, 0.34, 0.6, 0.7]
    stands, seen = False, []
    for chance in chances:
        stands = steady.is_warned(chance, before=stands)
        seen.append(stands)
    assert [False, True, True, True, False, False, True] == seen
