"""What is one hit, and how large a window is."""

from __future__ import annotations

import random

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.calibration import Calibration, calibrate, weighted_tokens
from exporter.domain.limits.hit import Hit, is_same_hit, merge_hits

T = 100 * DAY
FIVE, WEEK, FABLE = "five_hour", "seven_day", "seven_day_fable"

ONE = [
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T + 9, T + HOUR), True, id="the same reset"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T, T + HOUR + 10 * MINUTE), True, id="ten minutes apart"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T, T + HOUR + 11 * MINUTE), False, id="eleven minutes apart"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(WEEK, T, T + HOUR), False, id="another window"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T + 59 * MINUTE, None), True, id="before a known reset"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T + HOUR, None), False, id="after it"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T - 4 * HOUR, None), True, id="in the same window, found late"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T - 4 * HOUR - 1, None), False, id="in the window before"),
    pytest.param(Hit(FIVE, T, None), Hit(FIVE, T + 10, T + HOUR), True, id="its reset becomes known"),
    pytest.param(Hit(FIVE, T, None), Hit(FIVE, T + 6 * HOUR, T + 10 * HOUR), False, id="the next window's reset"),
    pytest.param(Hit(FIVE, T, None), Hit(FIVE, T + 5 * HOUR - 1, None), True, id="no reset known, within a window"),
    pytest.param(Hit(FIVE, T, None), Hit(FIVE, T + 5 * HOUR, None), False, id="no reset known, a window later"),
    pytest.param(Hit(WEEK, T, None), Hit(WEEK, T + 6 * DAY, None), True, id="a week is a window too"),
    pytest.param(
        Hit("seven_day_fable", T, None), Hit("seven_day_fable", T + 6 * DAY, None), True, id="a family's week"
    ),
    pytest.param(Hit("spend", T, None), Hit("spend", T + DAY - 1, None), True, id="spending, within a day"),
    pytest.param(Hit("spend", T, None), Hit("spend", T + DAY, None), False, id="spending, a day later"),
    pytest.param(Hit("spend", T, T + 30 * DAY), Hit("spend", T + 9 * DAY, None), True, id="spending in the same month"),
    pytest.param(Hit("spend", T, T + DAY), Hit("spend", T + 9 * DAY, None), False, id="spending in the next month"),
]


@pytest.mark.parametrize(("stored", "reported", "expected"), ONE)
def test_whether_two_reports_are_one_hit(stored: Hit, reported: Hit, expected: bool) -> None:
    assert expected is is_same_hit(stored, reported)


def test_two_reports_of_one_hit_are_merged() -> None:
    early, late = Hit(FIVE, T, None, "reading"), Hit(FIVE, T + 5, T + HOUR)
    assert Hit(FIVE, T, T + HOUR, "reading") == merge_hits(early, late) == merge_hits(late, early)


def test_calibration_finds_a_synthetic_limit_from_twenty_noisy_readings() -> None:
    """In whole percents, a tenth of them far off, and the spending seen 5 % late or early."""
    size = 40_000_000_000
    for seed in range(50):
        chance = random.Random(seed)
        pairs = []
        for _ in range(20):
            share = chance.uniform(0.1, 1)
            spent = size * share * chance.uniform(0.95, 1.05) * (0.4 if chance.random() < 0.1 else 1)
            pairs.append((round(share, 2), round(spent)))
        found = calibrate(pairs)
        assert found is not None
        assert abs(found.size / size - 1) < 0.05, seed
        assert found.low <= found.size <= found.high
        assert 20 == found.observations


def test_nothing_is_estimated_from_nothing() -> None:
    assert None is calibrate([])
    assert None is calibrate([(0.04, 1_000), (0.5, 0)])


def test_one_reading_is_an_observation_without_spread() -> None:
    assert Calibration(8_000, 8_000, 8_000, 1) == calibrate([(0.5, 4_000)])


def test_the_quartiles_are_weighted_by_the_share() -> None:
    """Sizes 100, 200 and 400, of weights 0.2, 0.3 and 0.2."""
    assert Calibration(200, 100, 400, 3) == calibrate([(0.2, 20), (0.3, 60), (0.2, 80)])


def test_a_cost_weighted_token_costs_three_dollars_a_million() -> None:
    assert 1_000_000 == weighted_tokens(3_000_000_000)
