"""Counters of a store of many machines never fall, and hold each use once, whatever happens to the database."""

from __future__ import annotations

import pytest

from exporter.domain.fleet.counting import NOTHING, Course, Known, Sent, course
from exporter.domain.usage.totals import LabelSet, Total

PROMPTS: LabelSet = ("prompts", ())


def total(exact: int, peak: int | None = None) -> list[Total]:
    return [Total("prompts", (), exact, exact if peak is None else peak, 0)]


def way(exact: int, known: Known = NOTHING, *, peak: int | None = None, before: int = 0) -> Course:
    return course(total(exact, peak), known, {PROMPTS: before})


def known(value: int, peak: int) -> Known:
    return {PROMPTS: Sent(value, peak)}


def test_it_rises_from_0_to_what_is_counted() -> None:
    found = way(10)
    assert [0, 4, 10] == [found.at(PROMPTS, exact) for exact in (0, 4, 10)]


def test_it_goes_on_from_what_was_sent() -> None:
    found = way(15, known(10, 10))
    assert [10, 12, 15] == [found.at(PROMPTS, exact) for exact in (10, 12, 15)]


def test_what_another_tracker_sent_is_not_sent_again() -> None:
    found = way(25, before=20)
    assert [0, 0, 5] == [found.at(PROMPTS, exact) for exact in (12, 20, 25)]


def test_a_transcript_that_is_found_late_comes_with_the_next() -> None:
    """Its 7 prompts are from before what was sent."""
    found = way(19, known(10, 10))
    assert [17, 19] == [found.at(PROMPTS, exact) for exact in (17, 19)]


@pytest.mark.parametrize("now", [6, 9])
def test_a_correction_downwards_moves_nothing(now: int) -> None:
    """The counter on /metrics keeps its peak, and so does what was sent."""
    found = way(now, known(10, 10), peak=10)
    assert 10 == found.at(PROMPTS, now)


def test_what_comes_after_a_correction_is_added() -> None:
    found = way(8, known(10, 10), peak=12)
    assert [10, 12] == [found.at(PROMPTS, exact) for exact in (6, 8)]


def test_what_was_not_sent_yet_comes_with_the_next() -> None:
    first = way(10)
    sent = first.sent({PROMPTS: first.at(PROMPTS, 4)})
    assert {PROMPTS: Sent(4, 4)} == sent
    assert [4, 10] == [way(10, sent).at(PROMPTS, exact) for exact in (4, 10)]


def test_a_value_is_the_same_whether_or_not_the_one_before_was_acknowledged() -> None:
    """An answer can be lost: the store has the sample, the tracker does not know."""
    acknowledged = way(20, way(10).sent({PROMPTS: 10}))
    lost = way(20)
    assert [acknowledged.at(PROMPTS, exact) for exact in (10, 15, 20)] == [lost.at(PROMPTS, e) for e in (10, 15, 20)]


def test_it_never_falls_in_any_story() -> None:
    """Each step: the sum, and the counter on /metrics."""
    sent: Known = NOTHING
    shown = []
    for exact, peak in ((3, 3), (10, 10), (7, 10), (9, 12), (9, 12), (30, 33)):
        found = way(exact, sent, peak=peak)
        value = found.at(PROMPTS, exact)
        shown.append(value)
        sent = found.sent({PROMPTS: value})
    assert [3, 10, 10, 12, 12, 33] == shown
