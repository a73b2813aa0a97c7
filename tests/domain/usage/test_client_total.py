"""What the client's own total has more than the entries: never less than nothing, and nothing twice."""

from __future__ import annotations

import doctest

import pytest

from exporter.domain.usage import client_total
from exporter.domain.usage.client_total import Response, Session, Use, compare_related, unwritten

A, B, OTHER = "claude-sonnet-4-5", "claude-sonnet-4", "claude-haiku-4-5"


def use(*tokens: int, cost: int | None = 0) -> Use:
    uncached, output, read, written = (*tokens, 0, 0, 0, 0)[:4]
    return Use((uncached, output, read, written), cost)


def test_examples() -> None:
    assert 0 == doctest.testmod(client_total).failed


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ({}, {}),
        ({A: use(0)}, {}),
        ({A: use(-5)}, {}),
        ({A: use(5, 2, 7, 1, cost=9)}, {A: use(5, 2, 7, 1, cost=9)}),
        # one type has more, another less
        ({A: use(5, -2, cost=9)}, {A: use(5, cost=9)}),
        # one model under two names
        ({A: use(10, 20, cost=9), B: use(-10, -20, cost=-9)}, {}),
        ({A: use(10, cost=12), B: use(-4, cost=-5)}, {A: use(6, cost=7)}),
        # first of the same family, then the largest
        ({OTHER: use(50), A: use(10), B: use(-12)}, {OTHER: use(48)}),
        # another price of the client for what is written is nothing unwritten
        ({A: use(0, cost=9)}, {}),
        ({A: use(3, cost=-9)}, {A: use(3, cost=0)}),
        # no price for what is written: no cost can be said
        ({A: use(3, cost=None)}, {A: use(3, cost=0)}),
    ],
)
def test_unwritten(missing: dict[str, Use], expected: dict[str, Use]) -> None:
    assert expected == unwritten(missing)


def response(owner: int, at: int, tokens: int) -> Response:
    return Response(owner, at, {A: use(tokens)})


def total(session: int, tokens: int, *responses: Response) -> Session:
    return Session(session, {A: use(tokens)}, responses)


ONE, TWO, NEW = response(1, 1, 10), response(1, 2, 10), response(2, 3, 10)


def test_a_fork_does_not_lack_again_what_its_origin_lacks() -> None:
    trunk, fork = total(1, 25, ONE, TWO), total(2, 38, ONE, TWO, NEW)
    assert {1: {A: use(5)}, 2: {A: use(3)}} == compare_related([trunk, fork])
    assert {1: {A: use(5)}, 2: {A: use(3)}} == compare_related([fork, trunk])


def test_what_the_origin_does_after_the_fork_takes_nothing_from_it() -> None:
    trunk, fork = total(1, 125, ONE, TWO, response(1, 4, 100)), total(2, 38, ONE, TWO, NEW)
    assert {1: {A: use(5)}, 2: {A: use(3)}} == compare_related([trunk, fork])


def test_a_chain_of_forks() -> None:
    third = total(3, 50, ONE, TWO, NEW, response(3, 5, 10))
    found = compare_related([total(1, 25, ONE, TWO), total(2, 38, ONE, TWO, NEW), third])
    assert {1: {A: use(5)}, 2: {A: use(3)}, 3: {A: use(2)}} == found


def test_without_copies_all_of_the_total_before_is_taken_off() -> None:
    cleared = total(2, 40, NEW)
    assert {1: {A: use(5)}, 2: {A: use(5)}} == compare_related([total(1, 25, ONE, TWO), cleared])


def test_a_session_that_was_killed_lacks_nothing() -> None:
    assert {1: {}} == compare_related([total(1, 10, ONE, TWO)])


def test_a_short_origin_gives_its_fork_nothing() -> None:
    assert {1: {}, 2: {A: use(2)}} == compare_related([total(1, 10, ONE, TWO), total(2, 32, ONE, TWO, NEW)])
