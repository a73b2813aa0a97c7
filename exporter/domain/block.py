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
from typing import Literal

import msgspec

from exporter.domain.tokens import Tokens

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
BLOCK_MS = 5 * HOUR_MS
BURN_MS = 30 * MINUTE_MS
ACTIVITY_MS = 5 * MINUTE_MS
BEGINNING = -(1 << 62)
"""Before every response; small enough for a sum and for SQLite's integers."""

Basis = Literal["official", "estimated"]
FirstAtOrAfter = Callable[[int], int | None]
"""The time of the first response at or after a time, None when there is none."""
Use = tuple[int, int, int]
"""One response: (time in ms, its tokens of all types, its cost in nano-dollars)."""


class Window(msgspec.Struct, frozen=True):
    """A five-hour window as Claude's service told it, `[start, end)` in ms; shorter where another cuts it."""

    start: int
    end: int


class Block(msgspec.Struct, frozen=True):
    """`[start, end)` in ms. The end belongs to the next block."""

    start: int
    end: int
    basis: Basis

    def contains(self, ms: int) -> bool:
        return self.start <= ms < self.end

    def is_active(self, now: int) -> bool:
        return self.contains(now)


class Change(msgspec.Struct, frozen=True):
    """What to do to a layout: take `removed` out, put `added` in. A block that stays is in neither."""

    removed: tuple[Block, ...]
    added: tuple[Block, ...]


def lay(
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


def relay(
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
    for block in lay(first_at_or_after, windows, begin, begin):
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


class BlockFigures(msgspec.Struct, frozen=True):
    """What a block is at one time, by the formulas in `docs/formulas.md`; money in nano-dollars."""

    tokens: int
    """All tokens of the block's responses."""
    cost_nano: int
    elapsed_s: float
    """now − start, at least 0, at most the block's length."""
    remaining_s: float
    """The block's length − elapsed."""
    completion_ratio: float
    """elapsed ÷ the block's length, 0 to 1."""
    burn_tokens_per_minute: float
    """The block's own tokens in (now − 30 min, now] ÷ 30, also while the block is younger than that."""
    burn_cost_nano_per_minute: float
    """The same of its cost."""
    projected_tokens: int
    """tokens + burn × remaining minutes, to the nearest whole."""
    projected_cost_nano: int
    """The same of its cost."""
    efficiency_score: float
    """100 × active time ÷ elapsed (its length once over), see `active_ms`; 0 before any time has passed."""


def figures(
    block: Block, tokens: int, cost_nano: int, recent: Sequence[Use], times: Sequence[int], now_ms: int
) -> BlockFigures:
    """The figures of `block` at `now_ms` from what it used in all, its responses of the last 30 minutes (more do no
    harm) and the times of all, in any order.

    A response stamped later than now (another clock) counts in the tokens and cost, and in nothing that is
    measured over time. `docs/formulas.md` states each formula; `BlockFigures` repeats it.
    """
    length = block.end - block.start
    elapsed = min(max(now_ms - block.start, 0), length)
    remaining = length - elapsed
    burnt = [use for use in recent if now_ms - BURN_MS < use[0] <= now_ms]
    burnt_tokens, burnt_cost = sum(use[1] for use in burnt), sum(use[2] for use in burnt)
    return BlockFigures(
        tokens=tokens,
        cost_nano=cost_nano,
        elapsed_s=elapsed / 1000,
        remaining_s=remaining / 1000,
        completion_ratio=elapsed / length,
        burn_tokens_per_minute=burnt_tokens * MINUTE_MS / BURN_MS,
        burn_cost_nano_per_minute=burnt_cost * MINUTE_MS / BURN_MS,
        projected_tokens=_projected(tokens, burnt_tokens, remaining),
        projected_cost_nano=_projected(cost_nano, burnt_cost, remaining),
        efficiency_score=efficiency_score(block, active_ms(block, times, now_ms), now_ms),
    )


def efficiency_score(block: Block, active: int, now_ms: int) -> float:
    """100 × active time ÷ elapsed (the block's length once over), 0 before any time has passed. `active`: ms."""
    elapsed = min(max(now_ms - block.start, 0), block.end - block.start)
    return 100 * active / elapsed if elapsed else 0.0


def _projected(current: int, burnt: int, remaining_ms: int) -> int:
    """The current figure + burn × remaining, rounded half up in whole numbers."""
    return current + (2 * burnt * remaining_ms + BURN_MS) // (2 * BURN_MS)


def active_ms(block: Block, times: Sequence[int], now_ms: int) -> int:
    """The time within five minutes after a response: the union of those spans, in the block and up to now.

    block       [────────────────────────────────────)
    responses     x    x           x                x
    spans         [────────)       [────)           [)     clipped to the block's end
    """
    horizon = min(now_ms, block.end)
    covered, reached = 0, block.start
    for time in sorted(times):
        begin, end = max(time, reached), min(time + ACTIVITY_MS, horizon)
        if begin < end:
            covered += end - begin
            reached = end
    return covered


def cache_hit_ratio(tokens: Tokens) -> float | None:
    """Tokens read from the cache ÷ all tokens sent, cached or not; None when none were sent."""
    return tokens.cache_read / tokens.all_input if tokens.all_input else None
