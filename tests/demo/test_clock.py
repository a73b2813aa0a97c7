"""The demo's time."""

from __future__ import annotations

import pytest

from exporter.demo.clock import DemoClock

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("clock", "now", "shown"),
    [
        pytest.param(DemoClock(100, 100, 1), 100, 100, id="begins in the present"),
        pytest.param(DemoClock(100, 100, 1), 5_100, 5_100, id="stays in it"),
        pytest.param(DemoClock(100, 100, 60), 5_100, 5_100, id="which no speed passes"),
        pytest.param(DemoClock(10 * HOUR, 2 * HOUR, 1), 11 * HOUR, 3 * HOUR, id="at a moment of the past"),
        pytest.param(DemoClock(10 * HOUR, 2 * HOUR, 5), 11 * HOUR, 7 * HOUR, id="five times as fast"),
        pytest.param(DemoClock(10 * HOUR, 2 * HOUR, 5), 12 * HOUR, 12 * HOUR, id="until the present"),
        pytest.param(DemoClock(10 * HOUR, 2 * HOUR, 5), 13 * HOUR, 13 * HOUR, id="and then with it"),
    ],
)
def test_what_it_shows(clock: DemoClock, now: int, shown: int) -> None:
    assert shown == clock.at(now)


@pytest.mark.parametrize(
    ("shown", "now", "seconds"),
    [
        pytest.param(1 * HOUR, 10 * HOUR, 0.0, id="past"),
        pytest.param(7 * HOUR, 10 * HOUR, 3_600.0, id="at its speed"),
        pytest.param(13 * HOUR, 10 * HOUR, 3 * 3_600.0, id="in the future, which comes in real time"),
    ],
)
def test_how_long_until(shown: int, now: int, seconds: float) -> None:
    assert seconds == DemoClock(10 * HOUR, 2 * HOUR, 5).seconds_until(shown, now)
