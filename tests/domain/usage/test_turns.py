from __future__ import annotations

import pytest

from exporter.domain.usage.turns import Moment, Turn, TurnFigures, average_turns, split_turns

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


def test_figures_are_means_and_unknown_without_turns() -> None:
    assert TurnFigures(0, None, None, None) == average_turns([])
    assert TurnFigures(2, 2.0, 0.5, 4.5) == average_turns([Turn(ONE, 0, 3, 1, 8.0), Turn(ONE, 9, 1, 0, 1.0)])
