"""How true the forecast is, over made-up users of six kinds, of whom nothing was known when it was made.

With `--long` 3,300 windows and the bars; else 200 windows, whose figures vary by six points, and floors.
"""

from __future__ import annotations

import pytest

from support.forecast_run import Score, run, score
from support.forecast_world import KINDS, World
from support.sampling import sample_or_all

pytestmark = pytest.mark.long

SEEDS = sample_or_all(1, 2)
WEEKS = sample_or_all(4, 10)
QUOTAS = (0.2,) if SEEDS == 1 else (0.05, 0.2, 0.5)
IS_WHOLE = SEEDS > 1


def scored(*, old_hit: bool = False) -> Score:
    """Half of the users of the whole run get a limit that is 40 % larger on the way."""
    worlds = (
        World(kind, quota, str(10 + 21 * number), WEEKS, is_raised=number % 2 == 1)
        for kind in KINDS
        for number in range(SEEDS)
        for quota in QUOTAS
    )
    return score(said for world in worlds for said in run(world, old_hit=old_hit))


@pytest.fixture(scope="module")
def measured() -> Score:
    return scored()


def bar(whole: float) -> float:
    """The bar of the whole run; in a sample its floor."""
    return whole if IS_WHOLE else 0.7


def test_there_are_enough_windows(measured: Score) -> None:
    assert (3_000 if IS_WHOLE else 200) <= measured.windows
    assert 0.15 <= measured.ran_out / measured.windows <= 0.3


def test_eight_of_ten_warnings_are_true(measured: Score) -> None:
    assert bar(0.8) <= measured.true
    assert bar(0.9) <= measured.ended_almost_full


@pytest.mark.parametrize(("minutes", "part"), [(10, 0.75), (5, 0.85), (2, 0.9)])
def test_windows_that_run_out_are_warned_of_in_time(measured: Score, minutes: int, part: float) -> None:
    assert bar(part) <= measured.found[minutes]


def test_of_the_warnings_that_stand_at_the_end_almost_none_is_false(measured: Score) -> None:
    assert measured.false_of_standing <= 0.03


def test_a_probability_is_as_often_true_as_it_says(measured: Score) -> None:
    """In each tenth of which there are enough looks: a window has dozens of them, and all have one end."""
    least, apart = (300, 0.05) if IS_WHOLE else (300, 0.15)
    for said, came, looks in measured.calibration:
        assert looks < least or abs(said - came) <= apart, (said, came, looks)


def test_one_misleading_old_hit_changes_almost_nothing(measured: Score) -> None:
    misled = scored(old_hit=True)
    assert abs(measured.true - misled.true) <= 0.03
    assert abs(measured.found[10] - misled.found[10]) <= 0.03


def test_the_same_world_again_is_the_same() -> None:
    one, other = (World("bursts", 0.2, "3", 1) for _ in range(2))
    assert one.windows == other.windows
    assert 0 < len(one.windows)
