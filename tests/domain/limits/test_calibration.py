"""The size of a window, from the windows before it and from itself."""

from __future__ import annotations

import random

import pytest

from exporter.domain.limits.calibration import (
    Calibration,
    Observation,
    Size,
    calibrate,
    join_sizes,
    shown_size,
    size_of_running,
    weighted_tokens,
)


def of_size(size: int, share: float = 0.5, *, is_hit: bool = False) -> Observation:
    return Observation(share, round(size * share), is_hit)


def test_it_finds_a_synthetic_limit_from_twenty_noisy_windows() -> None:
    """In whole percents, a tenth of them far off, and the spending seen 5 % late or early."""
    size = 40_000_000_000
    for seed in range(50):
        chance = random.Random(seed)
        observed = []
        for _ in range(20):
            share = chance.uniform(0.1, 1)
            spent = size * share * chance.uniform(0.95, 1.05) * (0.4 if chance.random() < 0.1 else 1)
            observed.append(Observation(round(share, 2), round(spent)))
        found = calibrate(observed)
        assert found is not None
        assert abs(found.size / size - 1) < 0.05, seed
        assert found.low <= found.size <= found.high
        assert found.observations in range(15, 21), "what more spending contradicted is left out"


def test_nothing_is_estimated_from_nothing() -> None:
    assert None is calibrate([])
    assert None is calibrate([Observation(0.04, 1_000), Observation(0.5, 0)])


def test_one_window_has_no_spread_but_an_error() -> None:
    assert Calibration(8_000, 8_000, 8_000, 1, 0.15) == calibrate([Observation(0.5, 4_000)])


def test_the_error_is_the_spread_and_at_least_five_percent() -> None:
    found = calibrate([of_size(40_000)] * 6)
    assert found is not None
    assert (40_000, 0.05) == (found.size, found.error)
    wide = calibrate([of_size(size) for size in (40_000, 44_000, 36_000, 48_000, 42_000)])
    assert wide is not None
    assert (42_000, 0.072) == (wide.size, round(wide.error, 3)), "1.48 times what the second one is away"


def test_only_the_newest_twenty_windows_count() -> None:
    found = calibrate([of_size(41_000)] * 30 + [of_size(40_000)] * 20)
    assert found is not None
    assert (40_000, 20) == (found.size, found.observations)


def test_a_misleading_hit_is_dropped_once_it_is_contradicted() -> None:
    """The limit was said to be reached at $4; later $20 were spent, and half of the window was used."""
    misleading = of_size(4_000, 1.0, is_hit=True)
    assert calibrate([misleading, of_size(40_000)]) == calibrate([of_size(40_000)])
    kept = calibrate([of_size(40_000, 0.05), of_size(36_000, 1.0, is_hit=True)])
    assert kept is not None
    assert 2 == kept.observations, "a little more is within the error"


def test_a_hit_weighs_at_most_three_readings() -> None:
    """Three readings of 50 % outweigh it; it would weigh four of 5 % otherwise."""
    readings = [of_size(40_000, 0.05)] * 4
    found = calibrate([*readings, of_size(30_000, 1.0, is_hit=True)])
    assert found is not None
    assert 40_000 == found.size


def test_the_newest_three_count_alone_when_the_limit_was_changed() -> None:
    found = calibrate([of_size(40_000)] * 10 + [of_size(60_000)] * 3)
    assert found is not None
    assert (60_000, 3, 0.15) == (found.size, found.observations, found.error)
    unclear = calibrate([of_size(40_000)] * 10 + [of_size(60_000)] * 2)
    assert unclear is not None
    assert 40_000 == unclear.size


@pytest.mark.parametrize(
    ("share", "size"),
    [
        pytest.param(0.01, None, id="too little is used"),
        pytest.param(0.02, 50_000.0, id="from two percent on"),
    ],
)
def test_the_running_window_shows_its_own_size(share: float, size: float | None) -> None:
    found = size_of_running(share, 1_000)
    assert size == (found.value if found is not None else None)


def test_earlier_windows_and_the_running_one_are_joined() -> None:
    history = Size(40_000, 0.1)
    assert history == join_sizes(history, None)
    assert Size(44_000, 0.1) == join_sizes(None, Size(44_000, 0.1))
    joined = join_sizes(history, Size(44_000, 0.1))
    assert joined is not None
    assert (41_952, 0.071) == (round(joined.value), round(joined.error, 3)), "the mean in the logarithm"


def test_the_running_window_alone_counts_from_ten_percent_on_or_if_they_disagree() -> None:
    own = size_of_running(0.1, 6_000)
    assert own == join_sizes(Size(40_000, 0.05), own)
    raised = Size(60_000, 0.1)
    assert raised == join_sizes(Size(40_000, 0.05), raised)


def test_what_is_shown_of_a_joined_size() -> None:
    history = Calibration(40_000, 38_000, 42_000, 12, 0.05)
    assert history == shown_size(history.as_size, history)
    assert Calibration(44_000, 42_541, 45_509, 13, 0.05) == shown_size(Size(44_000, 0.05), history)
    assert Calibration(44_000, 42_541, 45_509, 1, 0.05) == shown_size(Size(44_000, 0.05), None)


def test_a_cost_weighted_token_costs_three_dollars_a_million() -> None:
    assert 1_000_000 == weighted_tokens(3_000_000_000)
