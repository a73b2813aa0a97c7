"""Changes of a limit: found soon, dated rightly, and none where there was none."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest

from exporter.domain.limits.calibration import MIN_SHARE, Observation
from exporter.domain.limits.changes import Change, find_changes
from support.sampling import sample_or_all

SIZE = 40_000_000_000
WINDOWS_A_YEAR = 1_500


def year(seed: int, changes: Mapping[int, float] | None = None) -> list[tuple[int, Observation]]:
    """Windows by number, of which those with enough use show their size; a third with a phone. `changes`: factors."""
    chance = Random(seed)
    size, found = float(SIZE), []
    for number in range(WINDOWS_A_YEAR):
        size *= (changes or {}).get(number, 1.0)
        used, own = chance.betavariate(1.2, 1.8), size * chance.lognormvariate(0, 0.04)
        phone = chance.uniform(0, 0.15) * chance.random() if chance.random() < 1 / 3 else 0.0
        share = min(1.0, round(used + phone, 2))
        spent = round(own * (used if share < 1 else 1 - phone))
        found.append((number, Observation(share, spent, is_hit=share >= 1)))
    return [one for one in found if one[1].share >= MIN_SHARE]


@pytest.mark.long
@pytest.mark.no_cover
def test_almost_no_year_without_a_change_has_one() -> None:
    years = sample_or_all(4, 100)
    assert sum(len(find_changes(year(seed))) for seed in range(years)) <= years / 20


@pytest.mark.long
@pytest.mark.parametrize("factors", [(1.25, 1.5), (0.75, 1.5), (1.5, 0.75), (0.5, 1.25)])
@pytest.mark.no_cover
def test_two_changes_in_a_year_are_found_within_ten_windows(factors: tuple[float, float]) -> None:
    for seed in range(sample_or_all(3, 40)):
        chance = Random(seed + 999)
        at = [chance.randrange(300, 600), chance.randrange(800, 1_200)]
        known = year(seed, dict(zip(at, factors, strict=True)))
        for number, (changed, factor) in enumerate(zip(at, factors, strict=True)):
            later = [end for end, _ in known if end >= changed]
            found = find_changes([one for one in known if one[0] <= later[9]])
            assert number + 1 == len(found), (seed, changed)
            change = found[number]
            assert abs(change.at - changed) <= 8, "its date"
            assert abs(change.after / change.before / factor - 1) < 0.12, "its size"


def test_a_change_in_literal_numbers() -> None:
    """Twelve windows of $40, then six of $60: the change is after the twelfth, and known with the eighteenth."""
    before = [(number, Observation(0.5, 20_000_000_000)) for number in range(12)]
    after = [(12 + number, Observation(0.5, 30_000_000_000)) for number in range(6)]
    assert [] == find_changes(before + after[:5])
    assert [Change(11, 40_000_000_000, 60_000_000_000)] == find_changes(before + after)


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([40] * 11 + [60] * 6, id="too few before"),
        pytest.param([40] * 20 + [44] * 10, id="a tenth may be a habit"),
        pytest.param([40, 55] * 10 + [55] * 6, id="within the spread of before"),
        pytest.param([40] * 20 + [60] * 4 + [40] * 4, id="for four windows only"),
    ],
)
def test_what_is_no_change(sizes: list[int]) -> None:
    observed = [(number, Observation(0.5, size * 500_000_000)) for number, size in enumerate(sizes)]
    assert [] == find_changes(observed)


def test_windows_that_show_nothing_are_passed_over() -> None:
    known = [(number, Observation(0.5, 20_000_000_000)) for number in range(12)]
    nothing = [(20 + number, Observation(0.01, 5)) for number in range(300)]
    after = [(400 + number, Observation(0.5, 30_000_000_000)) for number in range(6)]
    assert [] == find_changes(known + nothing + after), "what is so far back is not compared"
    assert 1 == len(find_changes(known + nothing[:100] + after))
