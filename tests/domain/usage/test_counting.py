"""The counting rule on copies alone."""

from __future__ import annotations

from functools import partial
from itertools import permutations

import pytest
from msgspec.structs import replace

from exporter.domain.usage.counting import CountedResponse, Rank, ResponseCopy, resolve_copies

BEST: Rank = (True, 30, 100, "u", -1)
BETTER: Rank = (True, 20, 100, "u", -1)
GOOD: Rank = (False, 40, 100, "u", -1)
"""The best first: with a stop reason, then of the larger sum."""


def copy(
    number: int,
    request: str = "r",
    session: int = 1,
    *,
    rank: Rank = GOOD,
    at: int = 100,
    born: int = 1,
    line: str | None = None,
    size: int = 10,
    sidechain: bool = False,
) -> ResponseCopy:
    """A copy of `size` input tokens; without a request id a line of its own, unless it is named."""
    name = "" if request else line or f"u{number}"
    return ResponseCopy(number, request, session, sidechain, rank, at, born, name, (size, 0, 0))


side = partial(copy, sidechain=True)


SETTLED = [
    pytest.param([], set(), id="nothing"),
    pytest.param([copy(1)], {CountedResponse(1, 100, 1)}, id="one copy"),
    pytest.param(
        [copy(1, rank=GOOD), copy(2, session=2, rank=BEST)],
        {CountedResponse(2, 100, 1)},
        id="the best line wins",
    ),
    pytest.param(
        [copy(1, at=200), copy(2, session=2, at=100)],
        {CountedResponse(1, 100, 1)},
        id="the earliest time of all",
    ),
    pytest.param(
        [copy(1, born=9), copy(2, session=2, born=5)],
        {CountedResponse(2, 100, 2)},
        id="the file born first is credited, and of equal lines its own row stands",
    ),
    pytest.param(
        [copy(1, rank=BEST, born=9), copy(2, session=2, born=5)],
        {CountedResponse(1, 100, 2)},
        id="a fork's longer line wins, the original is credited",
    ),
    pytest.param(
        [copy(1, "r"), copy(2, "q")],
        {CountedResponse(1, 100, 1), CountedResponse(2, 100, 1)},
        id="two requests stay two",
    ),
    pytest.param(
        [copy(1, rank=GOOD), side(2, rank=BEST)],
        {CountedResponse(1, 100, 1)},
        id="main before sidechain, by request",
    ),
    pytest.param(
        [copy(1, at=200), side(2, at=100)], {CountedResponse(1, 100, 1)}, id="whose time counts, being a copy"
    ),
    pytest.param([copy(1, at=200), side(2, "q", at=100)], {CountedResponse(1, 200, 1)}, id="a replay's time does not"),
    pytest.param([copy(1), side(2, "")], {CountedResponse(1, 100, 1)}, id="a replay without request id"),
    pytest.param([copy(1, ""), side(2, "")], {CountedResponse(1, 100, 1)}, id="a replay of a line without one"),
    pytest.param([copy(1), side(2, "q", 2)], {CountedResponse(1, 100, 1)}, id="a replay in another session"),
    pytest.param(
        [side(1), side(2, "q")],
        {CountedResponse(1, 100, 1), CountedResponse(2, 100, 1)},
        id="no main chain, no replay",
    ),
    pytest.param(
        [copy(1, ""), copy(2, "", 2)],
        {CountedResponse(1, 100, 1), CountedResponse(2, 100, 2)},
        id="unlinked: two",
    ),
    pytest.param(
        [copy(1, "", line="a"), copy(2, "", 2, line="b")],
        {CountedResponse(1, 100, 1), CountedResponse(2, 100, 2)},
        id="other uuids",
    ),
    pytest.param(
        [copy(1, "", line="a"), copy(2, "", 2, line="a"), copy(3, "", 2, line="b")],
        {CountedResponse(1, 100, 1)},
        id="an equal uuid links",
    ),
    pytest.param(
        [copy(1, "", line="a"), copy(2, "", 2, line="b"), copy(3, "", 3, line="a"), copy(4, "", 3, line="b")],
        {CountedResponse(1, 100, 1)},
        id="linked through a third",
    ),
    pytest.param(
        [side(1, "", line="a"), side(2, "", 2, line="a")],
        {CountedResponse(1, 100, 1)},
        id="subagents' lines link too",
    ),
    pytest.param(
        [copy(1, "r"), copy(2, "", rank=BEST)],
        {CountedResponse(2, 100, 1)},
        id="it joins its session's request",
    ),
    pytest.param(
        [copy(1, "r"), copy(2, "", 2)],
        {CountedResponse(1, 100, 1), CountedResponse(2, 100, 2)},
        id="not another session's",
    ),
    pytest.param(
        [copy(1, "r"), copy(2, "", line="a"), copy(3, "", 2, rank=BEST, line="a")],
        {CountedResponse(3, 100, 1)},
        id="and brings what is linked to it",
    ),
    pytest.param(
        [copy(1, "r", at=200), copy(2, "q", at=150), copy(3, "", rank=BEST, at=100)],
        {CountedResponse(1, 200, 1), CountedResponse(3, 100, 1)},
        id="of two requests in the session it joins the earlier",
    ),
    pytest.param(
        [copy(1, "r"), copy(2, "q"), copy(3, "", rank=BEST)],
        {CountedResponse(1, 100, 1), CountedResponse(3, 100, 1)},
        id="at equal times that of the lesser id",
    ),
]


@pytest.mark.parametrize(("copies", "expected"), SETTLED)
def test_copies_of_a_response_are_resolved(copies: list[ResponseCopy], expected: set[CountedResponse]) -> None:
    for order in permutations(copies):
        assert expected == set(resolve_copies(order, {}))


RELAYED = [
    pytest.param([copy(1, "", at=100), copy(2, "", at=300)], {}, [1], id="one turn, equal input: one"),
    pytest.param([copy(1, "", at=100), copy(2, "", at=300)], {1: [200]}, [1, 2], id="a prompt between: two"),
    pytest.param([copy(1, "", at=100), copy(2, "", at=300)], {2: [200]}, [1], id="another session's prompt: one"),
    pytest.param([copy(1, "", at=200), copy(2, "", at=300)], {1: [200]}, [1], id="the prompt before both: one"),
    pytest.param([copy(1, ""), copy(2, "", size=11)], {}, [1, 2], id="another input side: two"),
    pytest.param(
        [copy(1, "", at=100), side(2, "", at=150, size=99), copy(3, "", at=200)], {}, [1, 2],
        id="a subagent's answer between parts nothing",
    ),
    pytest.param([copy(1, ""), side(2, "", rank=BEST)], {}, [1], id="a subagent's copy is a replay"),
    pytest.param(
        [copy(1, "", at=100, line="a"), copy(2, "", at=300, line="b"),
         copy(3, "", 2, at=100, line="a"), copy(4, "", 2, at=300, line="b")],
        {1: [200]}, [1, 2],
        id="a fork's copies, whose prompts are stored for the original",
    ),
    pytest.param(
        [copy(1, "", at=100, line="a"), copy(2, "", 2, at=100, line="a"), copy(3, "", 2, at=150, line="c"),
         copy(4, "", 2, at=300, line="b")],
        {1: [90], 2: [200]}, [1, 4],
        id="a fork goes on, with its own prompt",
    ),
    pytest.param(
        [copy(1, "", at=100, line="a"), copy(2, "", at=800), copy(3, "", 2, at=100, line="a"),
         copy(4, "", 2, at=400), copy(5, "", 2, at=600)],
        {1: [90, 500], 2: [300]}, [1, 2, 4],
        id="what was typed in the original after the fork parts nothing in the fork",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "prompts", "expected"), RELAYED)
def test_answers_of_one_message_id_without_request_ids(
    lines: list[ResponseCopy], prompts: dict[int, list[int]], expected: list[int]
) -> None:
    """Of equal lines the first wins here."""
    ranked = [replace(line, rank=(*line.rank[:3], chr(200 - line.id), -1)) for line in lines]
    for order in permutations(ranked):
        assert expected == sorted(result.copy for result in resolve_copies(order, prompts))
