"""A wall clock that is set is noticed; one that goes on, or a machine that sleeps, is not."""

from __future__ import annotations

import logging

import pytest

from exporter.engine.clocks import Clocks, describe, steady_ms

NOON = 1_795_348_800_000
SECOND, HOUR, DAY = 1_000, 3_600_000, 86_400_000


class Machine:
    """Two clocks, ms."""

    def __init__(self) -> None:
        self.wall, self.steady = NOON, 5_000
        self.noticed: list[int] = []
        self.clocks = Clocks(lambda: self.wall, lambda: self.steady, self.noticed.append)
        self.clocks.check()

    def wait(self, ms: int) -> None:
        self.wall += ms
        self.steady += ms


@pytest.mark.parametrize("by", [5 * SECOND, HOUR, DAY, 365 * DAY, -5 * SECOND, -HOUR, -DAY, -365 * DAY])
def test_a_jump_is_noticed_once(by: int) -> None:
    machine = Machine()
    machine.wait(2_000)
    machine.wall += by
    assert machine.clocks.check()
    assert machine.clocks.check()
    assert (by, 0) == (machine.clocks.take(), machine.clocks.take())
    assert [by] == machine.noticed


def test_whoever_uses_the_time_first_notices_it() -> None:
    machine = Machine()
    machine.wall += HOUR
    assert (HOUR, [HOUR]) == (machine.clocks.take(), machine.noticed)


def test_jumps_add_up() -> None:
    machine = Machine()
    machine.wall += DAY
    machine.clocks.check()
    machine.wall -= HOUR
    assert DAY - HOUR == machine.clocks.take()
    assert [DAY, -HOUR] == machine.noticed


def test_time_that_passes_is_no_jump() -> None:
    machine = Machine()
    for ms in (2_000, 2_000, HOUR, 30 * DAY):  # also while asleep: both clocks go on
        machine.wait(ms)
        assert not machine.clocks.check()


def test_a_clock_that_is_corrected_slowly_does_not_jump() -> None:
    machine = Machine()
    for _ in range(100):
        machine.wait(2_000)
        machine.wall += 900
        assert not machine.clocks.check()


def test_a_pause_between_the_clocks_is_no_jump() -> None:
    machine = Machine()
    paused = Clocks(lambda: machine.wall, iter((0, 0, 1, 60_000, 60_001, 60_001)).__next__, machine.noticed.append)
    paused.check()
    assert not paused.check()
    machine.wall += 60_000
    assert not paused.check()


def test_a_jump_that_cannot_be_stored_is_passed_on_again() -> None:
    machine = Machine()
    machine.wall += HOUR
    moved: list[int] = []

    def fail(by: int) -> None:
        raise OSError(by)

    with pytest.raises(OSError, match=str(HOUR)):
        machine.clocks.pass_on(fail)
    machine.clocks.pass_on(moved.append)
    machine.clocks.pass_on(moved.append)
    assert [HOUR] == moved


@pytest.mark.parametrize(
    ("by", "expected"),
    [(-HOUR - 90_000, "the clock was set back by 1 h 1 min"), (5_000, "the clock was set forward by 5 s")],
)
def test_a_jump_is_logged(by: int, expected: str, caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    with caplog.at_level(logging.WARNING):
        machine.wall += by
        machine.clocks.check()
    assert [expected] == [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("ms", "expected"),
    [
        (59_999, "59 s"),
        (90_000, "1 min 30 s"),
        (HOUR, "1 h 0 min"),
        (47 * HOUR, "47 h 0 min"),
        (366 * DAY, "366 days 0 h"),
    ],
)
def test_lengths_in_words(ms: int, expected: str) -> None:
    assert expected == describe(ms)


def test_the_steady_clock_goes_forward() -> None:
    first = steady_ms()
    assert 0 <= steady_ms() - first < 60_000
