from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.domain.usage.turns import Moment, TurnFigures, TurnSums
from support.turns import Turn, average_turns, split_turns

ONE, TWO = 1, 2


@pytest.mark.parametrize(
    ("prompts", "responses", "tools", "expected"),
    [
        pytest.param([], [(ONE, 5_000)], [(ONE, 6_000)], [], id="without a prompt there is no turn"),
        pytest.param([(ONE, 1_000)], [], [], [Turn(ONE, 1_000, 0, 0, 0.0)], id="an unanswered prompt takes no time"),
        pytest.param(
            [(ONE, 1_000)],
            [(ONE, 4_000), (ONE, 9_500)],
            [(ONE, 4_000)],
            [Turn(ONE, 1_000, 2, 1, 8.5)],
            id="a turn lasts to its last response",
        ),
        pytest.param(
            [(ONE, 1_000), (ONE, 5_000)],
            [(ONE, 2_000), (ONE, 5_000), (ONE, 6_000)],
            [(ONE, 4_999)],
            [Turn(ONE, 1_000, 1, 1, 1.0), Turn(ONE, 5_000, 2, 0, 1.0)],
            id="half-open: the next prompt's moment is the next turn's",
        ),
        pytest.param(
            [(ONE, 1_000), (TWO, 2_000)],
            [(TWO, 3_000), (ONE, 4_000), (TWO, 1_500)],
            [],
            [Turn(ONE, 1_000, 1, 0, 3.0), Turn(TWO, 2_000, 1, 0, 1.0)],
            id="conversations side by side keep their own turns",
        ),
        pytest.param([(ONE, 1_000), (ONE, 1_000)], [(ONE, 2_000)], [], [Turn(ONE, 1_000, 1, 0, 1.0)], id="once"),
    ],
)
def test_turns(prompts: list[Moment], responses: list[Moment], tools: list[Moment], expected: list[Turn]) -> None:
    assert expected == split_turns(prompts, responses, tools)
    assert average_turns(expected) == sums_of(prompts, responses, tools).figures()


def sums_of(*found: list[Moment]) -> TurnSums:
    sums = TurnSums()
    sums.take(*found)
    return sums


def test_figures_are_means_and_unknown_without_turns() -> None:
    assert TurnFigures(0, None, None, None) == average_turns([])
    assert TurnFigures(2, 2.0, 0.5, 4.5) == average_turns([Turn(ONE, 0, 3, 1, 8.0), Turn(ONE, 9, 1, 0, 1.0)])


class Portion(NamedTuple):
    prompts: list[Moment]
    responses: list[Moment]
    tools: list[Moment]


MOMENTS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 40).map(lambda second: second * 1_000)), max_size=25)


@given(MOMENTS, MOMENTS, MOMENTS, st.lists(st.integers(0, 41).map(lambda second: second * 1_000), max_size=4))
def test_what_is_followed_in_portions_is_what_all_at_once_gives(
    prompts: list[Moment], responses: list[Moment], tools: list[Moment], cuts: list[int]
) -> None:
    everything = Portion(prompts, responses, tools)
    followed = TurnSums()
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), 1_000_000], strict=True):
        before = followed.figures()
        more = followed.copy()
        more.take(*([one for one in kind if start <= one[1] < end] for kind in everything))
        assert before == followed.figures(), "a copy is on its own"
        followed = more
    whole = split_turns(*everything)
    found = followed.figures()
    assert (len(prompts), len(tools)) == (followed.prompts, followed.tool_calls)
    assert average_turns(whole) == TurnFigures(
        found.count, found.responses_per_turn, found.tools_per_turn, found.seconds_per_turn
    )
