"""When the running block is certain though earlier use has not been read."""

from __future__ import annotations

from random import Random

import pytest

from exporter.domain.blocks.block import BLOCK_MS, Block
from exporter.domain.blocks.certainty import is_certain
from exporter.domain.blocks.layout import active_block, build_blocks
from exporter.domain.calendar.timestamp import HOUR, MINUTE

NOON = 1_795_348_800_000
"""2026-11-22T12:00Z."""
AT_TEN = Block(NOON - 2 * HOUR, NOON + 3 * HOUR, "estimated")
OFFICIAL = Block(NOON - 2 * HOUR, NOON + 3 * HOUR, "official")


@pytest.mark.parametrize(
    ("block", "times", "hours", "expected"),
    [
        pytest.param(None, [], 5, True, id="none runs, and five hours were read"),
        pytest.param(None, [], 4.9, False, id="none is known to run, of less than five hours"),
        pytest.param(None, [-1_000, -40], 26, True, id="none runs, after a gap"),
        pytest.param(
            None, [*range(-1_500, 0, 60)], 26, False, id="none seems to run, of responses one after the other"
        ),
        pytest.param(OFFICIAL, [], 2, True, id="an official one, read from its start"),
        pytest.param(OFFICIAL, [], 1.9, False, id="an official one, read in part"),
        pytest.param(AT_TEN, [-110], 6.9, True, id="five hours without a response before the first"),
        pytest.param(AT_TEN, [-110], 6.8, False, id="a little less than five hours"),
        pytest.param(AT_TEN, [-900, -110], 26, True, id="a gap before it"),
        pytest.param(AT_TEN, [-400, -110], 26, True, id="a gap before the one before it"),
        pytest.param(AT_TEN, [*range(-1_500, 0, 60)], 26, False, id="one after the other"),
    ],
)
def test_certain(block: Block | None, times: list[int], hours: float, expected: bool) -> None:
    since = NOON - round(hours * HOUR)
    assert expected is is_certain(block, [NOON + minute * MINUTE for minute in times], since, NOON)


@pytest.mark.parametrize("seed", range(300))
def test_what_is_certain_is_the_block_of_the_whole_history(seed: int) -> None:
    random = Random(seed)
    longest = random.choice((2, 4, 6, 9)) * HOUR
    times, at = [], NOON - 60 * HOUR
    while (at := at + random.randrange(longest)) < NOON:
        times.append(at)
    whole = running(times)
    for hours in (6, 10, 26, 50):
        since = NOON - hours * HOUR
        known = [one for one in times if one >= since]
        if is_certain(running(known), known, since, NOON):
            assert whole == running(known), hours


def running(times: list[int]) -> Block | None:
    blocks = list(build_blocks(lambda start: next((at for at in times if at >= start), None), ()))
    return active_block(blocks[-1] if blocks else None, (), NOON)


def test_some_are_certain_and_some_are_not() -> None:
    sparse, dense = [NOON - 9 * HOUR, NOON - HOUR], [NOON - one * HOUR for one in range(9, 0, -1)]
    assert [True, False] == [is_certain(running(one), one, NOON - 10 * HOUR, NOON) for one in (sparse, dense)]
    assert 5 * HOUR == BLOCK_MS
