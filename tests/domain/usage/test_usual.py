"""What is usual in a day, by the days before."""

from __future__ import annotations

import pytest

from exporter.domain.usage.usual import Spent, usual


def days(*costs: int) -> list[Spent]:
    """Each used half of its cost by the time of the current one."""
    return [Spent(number, number + 1, cost, cost // 2) for number, cost in enumerate(costs)]


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        pytest.param((), (None, None), id="nothing before"),
        pytest.param((4, 6), (None, None), id="two say too little"),
        pytest.param((4, 6, 100), (6, 3), id="the median, which one large day does not move"),
        pytest.param((4, 0, 6, 0, 8), (6, 3), id="days without usage do not count"),
        pytest.param((4, 6, 8, 10), (7, 4), id="between two"),
    ],
)
def test_usual(costs: tuple[int, ...], expected: tuple[int | None, int | None]) -> None:
    found = usual(days(*costs), 7)
    assert expected == (found.cost, found.cost_by_now)


def test_the_latest_are_shown_also_those_without_usage() -> None:
    assert days(1, 2, 3, 0, 5)[-3:] == list(usual(days(1, 2, 3, 0, 5), 3).before)
