"""Which times a store lacks, and that what fills them neither falls nor rises twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.backfill.gaps import Gap, Join, Span, counter_after_gap, end_of_history, gaps, in_order, spans
from exporter.domain.calendar.timestamp import HOUR, MINUTE

STEP = 5 * MINUTE
DAY = 24 * HOUR
AT = ("prompts", ())


def test_the_end_is_a_boundary_of_two_hours_at_least_three_hours_ago() -> None:
    assert [10 * HOUR, 10 * HOUR, 12 * HOUR] == [
        end_of_history(now) for now in (13 * HOUR, 15 * HOUR - 1, 15 * HOUR + 1)
    ]


def test_an_empty_store_is_one_gap_with_every_step() -> None:
    assert [Gap(None, None)] == list(gaps([], STEP))
    assert [Span(Gap(None, None), 10 * HOUR, 12 * HOUR - STEP)] == spans(gaps([], STEP), 10 * HOUR, 12 * HOUR, STEP)


def test_pauses_are_filled_except_those_of_a_restart() -> None:
    times = [*range(DAY, DAY + HOUR, MINUTE), *range(DAY + HOUR + 14 * MINUTE, DAY + 2 * HOUR, MINUTE), 2 * DAY + 1]
    found = list(gaps(times, STEP))
    assert [Gap(None, DAY), Gap(DAY + 119 * MINUTE, 2 * DAY + 1), Gap(2 * DAY + 1, None)] == found
    assert [
        Span(found[0], 0, DAY - STEP),
        Span(found[1], DAY + 2 * HOUR, 2 * DAY),
        Span(found[2], 2 * DAY + STEP, 3 * DAY - STEP),
    ] == spans(found, 0, 3 * DAY, STEP)


def test_filled_samples_leave_no_gap() -> None:
    times = [DAY + 7, 3 * DAY + 11]
    found = spans(gaps(times, STEP), 0, 3 * DAY, STEP)
    assert 2 == len(found)
    filled = sorted([*times, *(step for span in found for step in span.steps(STEP))])
    assert [] == spans(gaps(filled, STEP), 0, 3 * DAY, STEP)


def test_an_uncorrected_counter_equals_its_exact_sum() -> None:
    join = Join({}, {AT: 9}, {AT: 9})
    assert [0, 4, 9] == [join.shown(AT, exact) for exact in (0, 4, 9)]


def test_the_surplus_of_a_live_counter_is_added_to_every_value() -> None:
    assert [2, 6, 11] == [Join({}, {AT: 11}, {AT: 9}).shown(AT, exact) for exact in (0, 4, 9)]


def test_late_usage_stays_at_the_floor_until_it_fits() -> None:
    """An old file was found late: the target saw 3 where 9 are known today."""
    assert [0, 0, 0, 3] == [Join({}, {AT: 3}, {AT: 9}).shown(AT, exact) for exact in (0, 4, 6, 9)]
    assert [2, 2, 2, 3] == [Join({AT: 2}, {AT: 3}, {AT: 9}).shown(AT, exact) for exact in (0, 4, 6, 9)]


counts = st.integers(0, 50)


@given(st.lists(counts, min_size=1), counts, counts)
def test_a_counter_never_falls_and_ends_where_the_live_one_starts(rises: list[int], top: int, floor: int) -> None:
    exact = [sum(rises[:place]) for place in range(len(rises) + 1)]
    join = Join({AT: min(floor, top)}, {AT: top}, {AT: exact[-1]})
    shown = [min(floor, top), *(join.shown(AT, value) for value in exact), top]
    assert sorted(shown) == shown
    assert top == shown[-2]


def test_counter_goals() -> None:
    """The samples after the gap decide; a later series started at 0; otherwise the value is the one of that time."""
    assert 5 == counter_after_gap(AT, {AT: 5}, 9, 0, DAY)
    assert 0 == counter_after_gap(AT, {}, 9, DAY + 1, DAY)
    assert 0 == counter_after_gap(AT, {}, 9, -1, DAY)
    assert 9 == counter_after_gap(AT, {}, 9, 0, DAY)
    assert 9 == counter_after_gap(AT, {}, 9, DAY - 1, DAY)
    assert 0 == counter_after_gap(AT, {}, -3, 0, DAY)


def test_times_are_sorted() -> None:
    assert [1, 2, 3] == list(in_order(iter([1, 2, 3]))) == list(in_order([3, 1, 2]))
    assert [] == list(in_order([]))
