"""The layout of 5-hour blocks: where each starts and ends. `docs/formulas.md` states the rules.

See `exporter.domain.blocks.block` for a picture.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from exporter.domain.accounts import UNKNOWN_ACCOUNT
from exporter.domain.blocks.block import BLOCK_MS, HOUR_MS, START_OF_TIME, Block, Window

FirstAtOrAfter = Callable[[int], int | None]
"""Returns the time of the first response at or after a time, None if there is none."""


class LayoutChange(msgspec.Struct, frozen=True):
    """A change to a layout: the blocks to remove and to add. A block that stays is in neither."""

    removed: tuple[Block, ...]
    added: tuple[Block, ...]


def build_blocks(
    first_at_or_after: FirstAtOrAfter,
    windows: Sequence[Window],
    start: int = START_OF_TIME,
    previous_end: int = START_OF_TIME,
    account: int = UNKNOWN_ACCOUNT,
) -> Iterator[Block]:
    """Yield the blocks of an account's responses at or after `start`, with one lookup per block.

    `windows` are sorted and do not overlap; `previous_end` is the end of the last block before `start`. A
    response inside a window opens an official block. A response outside opens an estimated block: from the
    response's hour or the end of the previous block, whichever is later, to five hours after that hour or the
    start of the next window, whichever is earlier.

        responses      10:20  14:59   15:05           17:30                22:30
        windows                              [17:10 ───────── 22:10)
        blocks      [10:00 ─── 15:00)[15:00 ─ 17:10)[17:10 ── 22:10)[22:10 ──── 03:00)

    A window without responses makes no block, and does not move the start of the next block.
    """
    while (opening := first_at_or_after(start)) is not None:
        block = _block_at(opening, windows, previous_end)
        yield replace(block, account=account)
        start = previous_end = block.end


def _block_at(opening: int, windows: Sequence[Window], previous_end: int) -> Block:
    """The block opened by a response at `opening`, which lies outside every earlier block."""
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
    account: int = UNKNOWN_ACCOUNT,
) -> LayoutChange:
    """Return the change to an account's layout `old` after responses within `[changed_from, changed_to]` changed.

    `old` is the full layout, or its tail from any block that ends at or before `changed_from`. It is
    rebuilt from the first block that reaches into the change until a new block equals an old one:

        old     [──A──)[──B──)[──C──)   [──D──)[──E──)
        change             x────x
        new            [─────P────)[──Q──)     [──E──)       removed B C D, added P Q; A and E stay

    A window that was added, removed or moved is a change from one ms **before** its start to its end,
    because an estimated block that it cuts ends at its start.
    """
    first_changed = bisect_right(old, changed_from, key=lambda block: block.end)
    start = old[first_changed - 1].end if first_changed else START_OF_TIME
    old_places = {block: place for place, block in enumerate(old[first_changed:], first_changed)}
    new_blocks: list[Block] = []
    stop = len(old)
    for block in build_blocks(first_at_or_after, windows, start, start, account):
        new_blocks.append(block)
        if block.end > changed_to and block in old_places:  # nothing later depends on what changed
            stop = old_places[block] + 1
            break
    kept = set(new_blocks)
    return LayoutChange(
        removed=tuple(block for block in old[first_changed:stop] if block not in kept),
        added=tuple(block for block in new_blocks if block not in old_places),
    )


def active_block(
    last: Block | None, windows: Sequence[Window], now: int, account: int = UNKNOWN_ACCOUNT
) -> Block | None:
    """Return the account's block that contains `now`, if any. `last`: its last block that starts at or before `now`.

    A running official window is an active block even while it has no responses here.
    """
    following = bisect_right(windows, now, key=lambda window: window.start)
    if following and now < windows[following - 1].end:
        return replace(_official(windows[following - 1]), account=account)
    return last if last is not None and last.is_active(now) else None
