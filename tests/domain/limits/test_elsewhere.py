"""What was used elsewhere: said where it is clear, and near the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.forecast.uses import uses_of
from exporter.domain.limits.calibration import Calibration, Observation, calibrate
from exporter.domain.limits.elsewhere import other_surfaces, used_elsewhere
from exporter.domain.limits.reading import SurfaceShare
from support.forecast_run import NANO, last_observation
from support.forecast_world import KINDS, World
from support.sampling import sample_or_all
from support.snapshots import NOON

KNOWN = Calibration(40_000, 38_000, 42_000, 12, 0.05)


@pytest.mark.parametrize(
    ("share", "spent", "size", "part"),
    [
        pytest.param(0.5, 12_000, KNOWN, 0.2, id="half is used, three tenths of it here"),
        pytest.param(0.5, 18_000, KNOWN, None, id="five points are not enough"),
        pytest.param(1.0, 37_200, KNOWN, None, id="nor seven of a full window"),
        pytest.param(1.0, 36_000, KNOWN, 0.1, id="ten are"),
        pytest.param(0.19, 0, KNOWN, None, id="too little is used"),
        pytest.param(0.5, 22_000, KNOWN, None, id="more was spent here than it says"),
        pytest.param(0.5, 12_000, Calibration(40_000, 1, 2, 9, 0.05), None, id="too few windows are known"),
        pytest.param(0.5, 12_000, None, None, id="no size is known"),
    ],
)
def test_it_is_said_where_it_is_clear(share: float, spent: int, size: Calibration | None, part: float | None) -> None:
    found = used_elsewhere(share, spent, size)
    assert part == (round(found, 9) if found is not None else None)


def surfaces(**shares: float) -> list[SurfaceShare]:
    return [SurfaceShare(NOON, name, share) for name, share in shares.items()]


def test_the_services_own_week_by_surface_counts() -> None:
    assert 0.25 == other_surfaces(surfaces(claude_code=0.25, desktop=0.05, mobile=0.1))
    assert None is other_surfaces(surfaces(claude_code=0.5, web=0.03))
    assert None is other_surfaces([])


@dataclass
class Told:
    """Of windows of which the phone used much, or nothing: how often it was said, and how far off."""

    much: int = 0
    none: int = 0
    false: int = 0
    off: list[float] = field(default_factory=list)

    def look(self, last: Observation, true: float, size: Calibration | None) -> None:
        found = used_elsewhere(last.share, last.spent, size)
        if true >= 0.1:
            self.much += 1
            if found is not None:
                self.off.append(abs(found - true))
        elif true < 0.001:
            self.none += 1
            self.false += found is not None


def worlds() -> Iterator[World]:
    count = sample_or_all(1, 3)
    quotas = sample_or_all(1, 3)
    for kind in KINDS:
        for seed in range(count):
            for quota in (0.2, 0.05, 0.5)[:quotas]:
                yield World(kind, quota, f"elsewhere {seed}", 12)


@pytest.mark.long
def test_what_the_phone_used_is_said_and_nothing_else() -> None:
    told = Told()
    for world in worlds():
        uses = uses_of((minute * MINUTE, round(spent * NANO)) for minute, spent in enumerate(world.seen) if spent > 0)
        known: list[Observation] = []
        for window in world.windows:
            own, size = last_observation(window, uses), calibrate(known)
            if own and own[0].share >= 0.2 and size is not None and size.observations >= 10:
                at = window.hit if window.hit is not None else window.readings[-1].at
                true = window.shares[at - window.start] - own[0].spent / NANO / window.size
                told.look(own[0], true, size)
            known += own
    off = sorted(told.off)
    assert sample_or_all(20, 150) <= told.much
    assert 0.8 <= len(off) / told.much
    assert off[len(off) // 2] <= 0.05
    assert off[9 * len(off) // 10] <= 0.1
    assert told.false / told.none <= 0.02
