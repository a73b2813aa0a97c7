"""The counting rule on copies alone."""

from __future__ import annotations

from itertools import permutations

import pytest

from exporter.domain.usage.counting import CountedResponse, Rank, ResponseCopy, resolve_copies

NO_LINES: dict[tuple[int, bool], frozenset[str]] = {}
BEST: Rank = (True, 30, 100, "u", -1)
BETTER: Rank = (True, 20, 100, "u", -1)
GOOD: Rank = (False, 40, 100, "u", -1)
"""The best first: with a stop reason, then of the larger sum."""


def copy(
    number: int, request: str = "r", session: int = 1, *, rank: Rank = GOOD, at: int = 100, born: int = 1
) -> ResponseCopy:
    return ResponseCopy(number, request, session, sidechain=False, rank=rank, first_at=at, born_at=born)


def side(
    number: int, request: str = "r", session: int = 1, *, rank: Rank = GOOD, at: int = 100, born: int = 1
) -> ResponseCopy:
    return ResponseCopy(number, request, session, sidechain=True, rank=rank, first_at=at, born_at=born)


def lines(**uuids: str) -> dict[tuple[int, bool], frozenset[str]]:
    """`s1="a b"`: session 1's main chain has the uuids a and b; `x1` is its sidechain."""
    return {(int(key[1:]), key[0] == "x"): frozenset(names.split()) for key, names in uuids.items()}


SETTLED = [
    pytest.param([], NO_LINES, set(), id="nothing"),
    pytest.param([copy(1)], NO_LINES, {CountedResponse(1, 100, 1)}, id="one copy"),
    pytest.param(
        [copy(1, rank=GOOD), copy(2, session=2, rank=BEST)],
        NO_LINES,
        {CountedResponse(2, 100, 1)},
        id="the best line wins",
    ),
    pytest.param(
        [copy(1, at=200), copy(2, session=2, at=100)],
        NO_LINES,
        {CountedResponse(1, 100, 1)},
        id="the earliest time of all",
    ),
    pytest.param(
        [copy(1, born=9), copy(2, session=2, born=5)],
        NO_LINES,
        {CountedResponse(2, 100, 2)},
        id="the file born first is credited, and of equal lines its own row stands",
    ),
    pytest.param(
        [copy(1, rank=BEST, born=9), copy(2, session=2, born=5)],
        NO_LINES,
        {CountedResponse(1, 100, 2)},
        id="a fork's longer line wins, the original is credited",
    ),
    pytest.param(
        [copy(1, "r"), copy(2, "q")],
        NO_LINES,
        {CountedResponse(1, 100, 1), CountedResponse(2, 100, 1)},
        id="two requests stay two",
    ),
    pytest.param(
        [copy(1, rank=GOOD), side(2, rank=BEST)],
        NO_LINES,
        {CountedResponse(1, 100, 1)},
        id="main before sidechain, by request",
    ),
    pytest.param(
        [copy(1, at=200), side(2, at=100)], NO_LINES, {CountedResponse(1, 100, 1)}, id="whose time counts, being a copy"
    ),
    pytest.param(
        [copy(1, at=200), side(2, "q", at=100)], NO_LINES, {CountedResponse(1, 200, 1)}, id="a replay's time does not"
    ),
    pytest.param([copy(1), side(2, "")], NO_LINES, {CountedResponse(1, 100, 1)}, id="a replay without request id"),
    pytest.param(
        [copy(1, ""), side(2, "")], NO_LINES, {CountedResponse(1, 100, 1)}, id="a replay of a line without one"
    ),
    pytest.param([copy(1), side(2, "q", 2)], NO_LINES, {CountedResponse(1, 100, 1)}, id="a replay in another session"),
    pytest.param(
        [side(1), side(2, "q")],
        NO_LINES,
        {CountedResponse(1, 100, 1), CountedResponse(2, 100, 1)},
        id="no main chain, no replay",
    ),
    pytest.param(
        [copy(1, ""), copy(2, "", 2)],
        NO_LINES,
        {CountedResponse(1, 100, 1), CountedResponse(2, 100, 2)},
        id="unlinked: two",
    ),
    pytest.param(
        [copy(1, ""), copy(2, "", 2)],
        lines(s1="a", s2="b"),
        {CountedResponse(1, 100, 1), CountedResponse(2, 100, 2)},
        id="other uuids",
    ),
    pytest.param(
        [copy(1, ""), copy(2, "", 2)], lines(s1="a", s2="a b"), {CountedResponse(1, 100, 1)}, id="an equal uuid links"
    ),
    pytest.param(
        [copy(1, ""), copy(2, "", 2), copy(3, "", 3)],
        lines(s1="a", s2="b", s3="a b"),
        {CountedResponse(1, 100, 1)},
        id="linked through a third",
    ),
    pytest.param(
        [side(1, ""), side(2, "", 2)],
        lines(x1="a", x2="a"),
        {CountedResponse(1, 100, 1)},
        id="subagents' lines link too",
    ),
    pytest.param(
        [copy(1, "r"), copy(2, "", rank=BEST)],
        NO_LINES,
        {CountedResponse(2, 100, 1)},
        id="it joins its session's request",
    ),
    pytest.param(
        [copy(1, "r"), copy(2, "", 2)],
        NO_LINES,
        {CountedResponse(1, 100, 1), CountedResponse(2, 100, 2)},
        id="not another session's",
    ),
    pytest.param(
        [copy(1, "r"), copy(2, ""), copy(3, "", 2, rank=BEST)],
        lines(s1="a", s2="a"),
        {CountedResponse(3, 100, 1)},
        id="and brings what is linked to it",
    ),
    pytest.param(
        [copy(1, "r", at=200), copy(2, "q", at=150), copy(3, "", rank=BEST, at=100)],
        NO_LINES,
        {CountedResponse(1, 200, 1), CountedResponse(3, 100, 1)},
        id="of two requests in the session it joins the earlier",
    ),
    pytest.param(
        [copy(1, "r"), copy(2, "q"), copy(3, "", rank=BEST)],
        NO_LINES,
        {CountedResponse(1, 100, 1), CountedResponse(3, 100, 1)},
        id="at equal times that of the lesser id",
    ),
]


@pytest.mark.parametrize(("copies", "uuids", "expected"), SETTLED)
def test_copies_of_a_response_are_resolved(
    copies: list[ResponseCopy], uuids: dict[tuple[int, bool], frozenset[str]], expected: set[CountedResponse]
) -> None:
    for order in permutations(copies):
        assert expected == set(resolve_copies(order, uuids))
