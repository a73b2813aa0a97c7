"""What holds for blocks whatever the responses and the official windows are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from exporter.domain.blocks.block import HOUR_MS, MINUTE_MS, Block, Window
from exporter.domain.blocks.layout import FirstAtOrAfter, LayoutChange, build_blocks, change_layout

DAY = 1_795_305_600_000  # 2026-11-22T00:00Z


def responses(times: Sequence[int]) -> FirstAtOrAfter:
    ordered = sorted(times)

    def first_at_or_after(ms: int) -> int | None:
        place = bisect_left(ordered, ms)
        return ordered[place] if place < len(ordered) else None

    return first_at_or_after


TIMES = st.lists(st.integers(0, 3 * 24 * 60).map(lambda minute: DAY + minute * MINUTE_MS), unique=True, max_size=25)


@st.composite
def official_windows(draw: st.DrawFn) -> list[Window]:
    """Windows in order that do not overlap; some touch, some are cut short."""
    windows, end = [], DAY
    for _ in range(draw(st.integers(0, 8))):
        start = end + draw(st.one_of(st.just(0), st.integers(0, 500))) * MINUTE_MS
        end = start + draw(st.one_of(st.just(300), st.integers(1, 300))) * MINUTE_MS
        windows.append(Window(start, end))
    return windows


WINDOWS = official_windows()


def changed_by(old: Sequence[Block], change: LayoutChange) -> list[Block]:
    assert set(change.removed) <= set(old)
    assert not set(change.added) & set(old), "what stays is neither removed nor added"
    kept = [block for block in old if block not in set(change.removed)]
    return sorted([*kept, *change.added], key=lambda block: block.start)


def layout_by_walking(times: Sequence[int], windows: Sequence[Window]) -> list[Block]:
    """The rule read aloud: one response after the other."""
    blocks: list[Block] = []
    for time in sorted(times):
        if blocks and time < blocks[-1].end:
            continue
        inside = [window for window in windows if window.start <= time < window.end]
        if inside:
            blocks.append(Block(inside[0].start, inside[0].end, "official"))
            continue
        hour = time // HOUR_MS * HOUR_MS
        ends = [hour + 5 * HOUR_MS, *(window.start for window in windows if window.start > time)]
        starts = [hour, *(block.end for block in blocks)]
        blocks.append(Block(max(starts), min(ends), "estimated"))
    return blocks


@given(TIMES, WINDOWS)
def test_blocks_follow_the_written_rule(times: list[int], windows: list[Window]) -> None:
    assert layout_by_walking(times, windows) == list(build_blocks(responses(times), windows))


@given(TIMES, WINDOWS)
def test_blocks_partition_the_responses(times: list[int], windows: list[Window]) -> None:
    blocks = list(build_blocks(responses(times), windows))
    assert all(before.end <= after.start for before, after in pairwise(blocks))
    assert all(sum(block.contains(time) for block in blocks) == 1 for time in times)
    assert all(any(block.contains(time) for time in times) for block in blocks)
    assert all(0 < block.end - block.start <= 5 * HOUR_MS for block in blocks)


@given(TIMES, WINDOWS)
def test_each_block_costs_one_look_up(times: list[int], windows: list[Window]) -> None:
    counted_from: list[int] = []
    first = responses(times)

    def counted(ms: int) -> int | None:
        counted_from.append(ms)
        return first(ms)

    assert len(list(build_blocks(counted, windows))) + 1 == len(counted_from)


@given(TIMES, TIMES, st.data(), WINDOWS)
def test_a_changed_layout_equals_a_rebuilt_one(
    before: list[int], come: list[int], data: st.DataObject, windows: list[Window]
) -> None:
    dropped = data.draw(st.lists(st.sampled_from(before), unique=True)) if before else []
    after = (set(before) - set(dropped)) | set(come)
    changed = [*come, *dropped] or [DAY]
    old = list(build_blocks(responses(before), windows))
    change = change_layout(old, responses(sorted(after)), windows, min(changed), max(changed))
    assert list(build_blocks(responses(sorted(after)), windows)) == changed_by(old, change)


@given(TIMES, WINDOWS, WINDOWS)
def test_changed_windows_give_the_rebuilt_layout(times: list[int], before: list[Window], after: list[Window]) -> None:
    changed = [window for window in [*before, *after] if (window in before) != (window in after)] or [Window(DAY, DAY)]
    old = list(build_blocks(responses(times), before))
    changed_from, changed_to = (
        min(window.start for window in changed) - 1,
        max(window.end for window in changed),
    )
    change = change_layout(old, responses(times), after, changed_from, changed_to)
    assert list(build_blocks(responses(times), after)) == changed_by(old, change)


@given(TIMES, TIMES, WINDOWS)
def test_a_tail_of_the_layout_is_enough(before: list[int], come: list[int], windows: list[Window]) -> None:
    changed = come or [DAY]
    old = list(build_blocks(responses(before), windows))
    untouched = [block for block in old if block.end <= min(changed)]
    tail = old[max(len(untouched) - 1, 0) :]
    first = responses([*before, *come])
    assert change_layout(old, first, windows, min(changed), max(changed)) == change_layout(
        tail, first, windows, min(changed), max(changed)
    )


@given(TIMES.flatmap(lambda times: st.tuples(st.just(times), st.permutations(times))), WINDOWS)
def test_the_order_of_arrival_does_not_matter(arrival: tuple[list[int], list[int]], windows: list[Window]) -> None:
    times, shuffled = arrival
    old_layout: list[int] = []
    blocks: list[Block] = []
    for time in shuffled:
        old_layout.append(time)
        blocks = changed_by(blocks, change_layout(blocks, responses(old_layout), windows, time, time))
    assert list(build_blocks(responses(times), windows)) == blocks
