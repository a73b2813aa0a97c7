"""How often a screen is drawn: as soon as it may be, and so seldom that it stays within its share of a core."""

from __future__ import annotations

import pytest

from exporter.cli.pace import Pace


class Machine:
    """A clock and the processor time of a program, in seconds."""

    def __init__(self) -> None:
        self.now = self.used = 0.0

    def work(self, seconds: float) -> None:
        self.now += seconds
        self.used += seconds


@pytest.mark.parametrize(
    ("cost", "left"),
    [
        pytest.param(0.001, 2.0, id="cheap: the least pause"),
        pytest.param(0.03, 5.0, id="costly: until it was 0.6 % of the time"),
    ],
)
def test_the_pause_after_work(cost: float, left: float) -> None:
    machine = Machine()
    pace = Pace(0.006, lambda: machine.now, lambda: machine.used)
    machine.now = 100.0
    pace.begin()
    machine.work(cost)
    pace.done()
    assert left - cost == pytest.approx(pace.left(2.0))
    machine.now += left
    assert pace.left(2.0) <= 0


def test_a_minute_of_work_stays_within_the_share() -> None:
    machine = Machine()
    pace = Pace(0.006, lambda: machine.now, lambda: machine.used)
    while machine.now < 60:
        if pace.left(2.0) <= 0:
            pace.begin()
            machine.work(0.05)
            pace.done()
        machine.now += 1.0
    assert machine.used <= 0.006 * 60 + 0.05
