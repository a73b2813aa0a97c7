"""Where blocks start and end, by table; by property in `test_layout_properties.py`.

Times are written as `HH:MM` of one day; hours above 23 are the next day's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import pytest

from exporter.domain.blocks.block import HOUR_MS, MINUTE_MS, Block, Window
from exporter.domain.blocks.layout import FirstAtOrAfter, LayoutChange, active_block, build_blocks, change_layout

DAY = 1_795_305_600_000  # 2026-11-22T00:00Z


def at(clock: str) -> int:
    hours, minutes, *seconds = clock.split(":")
    return DAY + int(hours) * HOUR_MS + int(minutes) * MINUTE_MS + round(1000 * float((seconds or ["0"])[0]))


def clock(ms: int) -> str:
    minutes = (ms - DAY) // MINUTE_MS
    return f"{minutes // 60:02}:{minutes % 60:02}"


def responses(times: Sequence[int]) -> FirstAtOrAfter:
    ordered = sorted(times)

    def first_at_or_after(ms: int) -> int | None:
        place = bisect_left(ordered, ms)
        return ordered[place] if place < len(ordered) else None

    return first_at_or_after


def windows_of(text: str) -> list[Window]:
    return [Window(at(start), at(end)) for start, end in (span.split("-") for span in text.split())]


def drawn(blocks: Sequence[Block]) -> str:
    """`10:00-15:00 17:10-22:10!`; official blocks have the exclamation mark."""
    marks = {"official": "!", "estimated": ""}
    return " ".join(f"{clock(block.start)}-{clock(block.end)}{marks[block.basis]}" for block in blocks)


def blocks_of(text: str) -> list[Block]:
    spans = [[*span.removesuffix("!").split("-"), span] for span in text.split()]
    return [Block(at(start), at(end), "official" if span.endswith("!") else "estimated") for start, end, span in spans]


LAYOUTS = [
    #  responses     (none)
    #  blocks        (none)
    pytest.param("", "", "", id="no responses, no block"),
    #  responses     10:20
    #  blocks       [10:00 ──────── 15:00)
    pytest.param("10:20", "", "10:00-15:00", id="a block opens at the hour of its first response"),
    #  responses    10:00
    #  blocks      [10:00 ──────── 15:00)
    pytest.param("10:00", "", "10:00-15:00", id="a response on the hour opens that hour"),
    #  responses     10:20   14:59:59.999
    #  blocks       [10:00 ──────────── 15:00)
    pytest.param("10:20 14:59:59.999", "", "10:00-15:00", id="the last instant belongs to the block"),
    #  responses     10:20              15:00
    #  blocks       [10:00 ──── 15:00)[15:00 ──── 20:00)
    pytest.param("10:20 15:00", "", "10:00-15:00 15:00-20:00", id="half-open: the end opens the next"),
    #  responses     10:20                     17:45
    #  blocks       [10:00 ──── 15:00)        [17:00 ──── 22:00)
    pytest.param("10:20 17:45", "", "10:00-15:00 17:00-22:00", id="no block where nothing was said"),
    #  responses         12:30
    #  windows      [09:10 ──── 14:10)
    #  blocks       [09:10 ──── 14:10)!
    pytest.param("12:30", "09:10-14:10", "09:10-14:10!", id="a response in an official window takes it whole"),
    #  responses         12:30          14:40
    #  windows      [09:10 ──── 14:10)
    #  blocks       [09:10 ──── 14:10)![14:10 ──── 19:00)
    pytest.param(
        "12:30 14:40",
        "09:10-14:10",
        "09:10-14:10! 14:10-19:00",
        id="the start inherits the end of the block before",
    ),
    #  responses         12:30            15:20
    #  windows      [09:10 ──── 14:10)
    #  blocks       [09:10 ──── 14:10)!  [15:00 ──── 20:00)
    pytest.param("12:30 15:20", "09:10-14:10", "09:10-14:10! 15:00-20:00", id="an hour later there is no need to"),
    #  responses     10:20           13:00
    #  windows             [12:30 ──── 17:30)
    #  blocks      [10:00 ─ 12:30)[12:30 ─── 17:30)!
    pytest.param("10:20 13:00", "12:30-17:30", "10:00-12:30 12:30-17:30!", id="the next official window cuts"),
    #  responses     10:20
    #  windows             [12:30 ──── 17:30)
    #  blocks      [10:00 ─ 12:30)
    pytest.param("10:20", "12:30-17:30", "10:00-12:30", id="a window without responses cuts, but is not a block"),
    #  responses     10:20                          17:40
    #  windows             [12:30 ──── 17:30)
    #  blocks      [10:00 ─ 12:30)               [17:00 ──── 22:00)
    pytest.param(
        "10:20 17:40",
        "12:30-17:30",
        "10:00-12:30 17:00-22:00",
        id="a window without responses passes on no end",
    ),
    #  responses                                17:30
    #  windows       [12:30 ──── 17:30)
    #  blocks                             [17:00 ──── 22:00)
    pytest.param("17:30", "12:30-17:30", "17:00-22:00", id="half-open: a window's end lies outside it"),
    #  responses      12:30
    #  windows      [12:30 ──── 17:30)
    #  blocks       [12:30 ──── 17:30)!
    pytest.param("12:30", "12:30-17:30", "12:30-17:30!", id="half-open: a window's start lies in it"),
    #  responses         09:30        12:00
    #  windows      [08:00 ─ 11:10)[11:10 ──── 16:10)
    #  blocks       [08:00 ─ 11:10)![11:10 ──── 16:10)!
    pytest.param(
        "09:30 12:00",
        "08:00-11:10 11:10-16:10",
        "08:00-11:10! 11:10-16:10!",
        id="a window cut by a later one",
    ),
    #  responses         09:30           14:12
    #  windows      [09:10 ──── 14:10)      [14:15 ──── 19:15)
    #  blocks       [09:10 ──── 14:10)![10 ─ 15)
    pytest.param(
        "09:30 14:12", "09:10-14:10 14:15-19:15", "09:10-14:10! 14:10-14:15", id="a block between two windows"
    ),
    #  responses     10:20           15:05             20:30
    #  blocks       [10:00 ─ 15:00)[15:00 ─ 20:00)[20:00 ─ 25:00)
    pytest.param("10:20 15:05 20:30", "", "10:00-15:00 15:00-20:00 20:00-25:00", id="blocks in a row"),
]


@pytest.mark.parametrize(("times", "windows", "expected"), LAYOUTS)
def test_blocks_are_built(times: str, windows: str, expected: str) -> None:
    first = responses([at(time) for time in times.split()])
    assert expected == drawn(list(build_blocks(first, windows_of(windows))))


def test_building_continues_from_a_block() -> None:
    #  responses                          14:40
    #  previous      [09:10 ──── 14:10)
    #  blocks                         [14:10 ──── 19:00)
    first = responses([at("12:30"), at("14:40")])
    assert drawn(list(build_blocks(first, [], start=at("14:10"), previous_end=at("14:10")))) == "14:10-19:00"


@pytest.mark.parametrize(
    ("old", "times", "windows", "changed", "expected"),
    [
        #  old           [10:00 ─ 15:00)
        #  responses      10:20  11:00+
        pytest.param(
            "10:00-15:00",
            "10:20 11:00",
            "",
            "11:00-11:00",
            ("", ""),
            id="one more response in a block changes nothing",
        ),
        #  old           (none)
        #  responses      10:20+
        pytest.param("", "10:20", "", "10:20-10:20", ("", "10:00-15:00"), id="the first response opens a block"),
        #  old           [10:00 ─ 15:00)
        #  responses      10:20  15:00+
        pytest.param(
            "10:00-15:00",
            "10:20 15:00",
            "",
            "15:00-15:00",
            ("", "15:00-20:00"),
            id="the end opens the next block",
        ),
        #  old                  [10:00 ─ 15:00)             [20:00 ─ 25:00)
        #  responses      08:30+  10:20    14:10               20:30
        #  new          [08:00 ─ 13:00)[13:00 … from 14:10: 14:00 ─ 19:00)
        pytest.param(
            "10:00-15:00 20:00-25:00",
            "08:30 10:20 14:10 20:30",
            "",
            "08:30-08:30",
            ("10:00-15:00", "08:00-13:00 14:00-19:00"),
            id="an older response moves the blocks up to the first boundary that is as before",
        ),
        #  old           [10:00 ─ 15:00)[15:00 ─ 20:00)
        #  responses      10:20-  12:10   15:20
        pytest.param(
            "10:00-15:00 15:00-20:00",
            "12:10 15:20",
            "",
            "10:20-10:20",
            ("10:00-15:00 15:00-20:00", "12:00-17:00"),
            id="a response that opened a block goes, and two blocks become one",
        ),
        #  old           [10:00 ─ 15:00)   [17:00 ─ 22:00)
        #  responses      10:20-             17:20
        pytest.param(
            "10:00-15:00 17:00-22:00",
            "17:20",
            "",
            "10:20-10:20",
            ("10:00-15:00", ""),
            id="a block's only response goes",
        ),
        #  old                                   [17:00 ─ 22:00)
        #  windows            [12:10 ─ 17:10)
        #  responses            12:30+             17:30
        #  new                [12:10 ─ 17:10)![17:10 ─ 22:00)
        pytest.param(
            "17:00-22:00",
            "12:30 17:30",
            "12:10-17:10",
            "12:30-12:30",
            ("17:00-22:00", "12:10-17:10! 17:10-22:00"),
            id="an official window gets its first response and passes on its end",
        ),
        #  old           [10:00 ─── 15:00)
        #  windows             [12:30 ─── 17:30)+
        #  responses      10:20   13:00
        pytest.param(
            "10:00-15:00",
            "10:20 13:00",
            "12:30-17:30",
            "12:29:59.999-17:30",
            ("10:00-15:00", "10:00-12:30 12:30-17:30!"),
            id="an official window becomes known",
        ),
    ],
)
def test_a_layout_is_changed(old: str, times: str, windows: str, changed: str, expected: tuple[str, str]) -> None:
    changed_from, changed_to = (at(time) for time in changed.split("-"))
    first = responses([at(time) for time in times.split()])
    change = change_layout(blocks_of(old), first, windows_of(windows), changed_from, changed_to)
    assert expected == (drawn(change.removed), drawn(change.added))


def test_a_new_response_in_the_last_block_costs_one_look_up() -> None:
    old = blocks_of("10:00-15:00 15:00-20:00")
    counted_from: list[int] = []

    def first(ms: int) -> int | None:
        counted_from.append(ms)
        return responses([at("10:20"), at("15:20"), at("16:00")])(ms)

    assert LayoutChange((), ()) == change_layout(old, first, [], at("16:00"), at("16:00"))
    assert [at("15:00")] == counted_from


@pytest.mark.parametrize(
    ("last", "windows", "now", "expected"),
    [
        pytest.param("", "", "12:00", "", id="nothing was said, nothing is active"),
        pytest.param("10:00-15:00", "", "12:00", "10:00-15:00", id="the last block runs"),
        pytest.param("10:00-15:00", "", "10:00", "10:00-15:00", id="half-open: active from its first instant"),
        pytest.param("10:00-15:00", "", "15:00", "", id="half-open: over at its end"),
        pytest.param("", "12:30-17:30", "13:00", "12:30-17:30!", id="an official window runs without responses"),
        pytest.param("10:00-12:30", "12:30-17:30", "12:30", "12:30-17:30!", id="it begins where the last block ends"),
        pytest.param("10:00-12:30", "12:30-17:30", "12:29", "10:00-12:30", id="not before"),
        pytest.param("", "12:30-17:30", "17:30", "", id="ended without a response it is not a block"),
        pytest.param("12:30-17:30!", "12:30-17:30", "13:00", "12:30-17:30!", id="with responses it is the same block"),
    ],
)
def test_the_active_block(last: str, windows: str, now: str, expected: str) -> None:
    block = active_block(blocks_of(last)[0] if last else None, windows_of(windows), at(now))
    assert expected == drawn([block] if block else [])
