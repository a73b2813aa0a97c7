"""Five-hour blocks: where they begin and end, and the figures of one. `docs/formulas.md` states the rules.

Blocks are half-open and hold every response exactly once. They depend on the times of the responses and on
the official windows alone, not on the order in which these became known.

    responses        x  x      x              x     x                 x
    official window                     [─────────────────)
    blocks          [─estimated─────────)[─official───────)      [─estimated──────────)
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

import msgspec

from exporter.domain.blocks.block import BEGINNING, BLOCK_MS, HOUR_MS, Block, Window

FirstAtOrAfter = Callable[[int], int | None]
"""The time of the first response at or after a time, None when there is none."""


class Change(msgspec.Struct, frozen=True):
    """What to do to a layout: take `removed` out, put `added` in. A block that stays is in neither."""

    removed: tuple[Block, ...]
    added: tuple[Block, ...]


def lay_out(
    first_at_or_after: FirstAtOrAfter,
    windows: Sequence[Window],
    begin: int = BEGINNING,
    previous_end: int = BEGINNING,
) -> Iterator[Block]:
    """The blocks of the responses at or after `begin`, one look-up each.

    `windows` are sorted and do not overlap; `previous_end` is the end of the last block before `begin`. A
    response in a window opens an official block. One outside opens an estimated block: from the response's
    hour or the end of the block before, whichever is later, to five hours after that hour or the start of the
    next window, whichever is earlier.

        responses      10:20  14:59   15:05           17:30                22:30
        windows                              [17:10 ───────── 22:10)
        blocks      [10:00 ─── 15:00)[15:00 ─ 17:10)[17:10 ── 22:10)[22:10 ──── 03:00)

    A window without responses is no block, and does not move the start of the block after it.
    """
    while (opening := first_at_or_after(begin)) is not None:
        block = _block_at(opening, windows, previous_end)
        yield block
        begin = previous_end = block.end


def _block_at(opening: int, windows: Sequence[Window], previous_end: int) -> Block:
    """The block that a response at `opening`, outside every earlier block, opens."""
    following = bisect_right(windows, opening, key=lambda window: window.start)
    if following and opening < windows[following - 1].end:
        return _official(windows[following - 1])
    hour = opening - opening % HOUR_MS
    end = hour + BLOCK_MS
    if following < len(windows):
        end = min(end, windows[following].start)
    return Block(max(hour, previous_end), end, "estimated")


def _official(window: Window) -> Block:
    return Block(window.start, window.end, "official")


def change_layout(
    old: Sequence[Block],
    first_at_or_after: FirstAtOrAfter,
    windows: Sequence[Window],
    changed_from: int,
    changed_to: int,
) -> Change:
    """What lays `old` anew after responses came or went within `[changed_from, changed_to]`.

    `old` is the whole layout, or its tail from any block that ends at or before `changed_from`. It is
    followed from the first block that reaches into the change until a new block is as an old one was:

        old     [──A──)[──B──)[──C──)   [──D──)[──E──)
        change             x────x
        new            [─────P────)[──Q──)     [──E──)       removed B C D, added P Q; A and E stay

    A window that came, went or moved is a change from one ms **before** its start to its end, since an
    estimated block that it cuts ends at its start.
    """
    touched = bisect_right(old, changed_from, key=lambda block: block.end)
    begin = old[touched - 1].end if touched else BEGINNING
    after = {block: place for place, block in enumerate(old[touched:], touched)}
    fresh: list[Block] = []
    stop = len(old)
    for block in lay_out(first_at_or_after, windows, begin, begin):
        fresh.append(block)
        if block.end > changed_to and block in after:  # nothing later depends on what changed
            stop = after[block] + 1
            break
    kept = set(fresh)
    return Change(
        removed=tuple(block for block in old[touched:stop] if block not in kept),
        added=tuple(block for block in fresh if block not in after),
    )


def active_block(last: Block | None, windows: Sequence[Window], now: int) -> Block | None:
    """The block that contains `now`; `last` is the last one that begins at or before `now`.

    A running official window is an active block even while it has no response here.
    """
    following = bisect_right(windows, now, key=lambda window: window.start)
    if following and now < windows[following - 1].end:
        return _official(windows[following - 1])
    return last if last is not None and last.is_active(now) else None
