"""Five-hour blocks: where they begin and end, and the figures of one. `docs/formulas.md` states the rules.

Blocks are half-open and hold every response exactly once. They depend on the times of the responses and on
the official windows alone, not on the order in which these became known.

    responses        x  x      x              x     x                 x
    official window                     [─────────────────)
    blocks          [─estimated─────────)[─official───────)      [─estimated──────────)
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from exporter.domain.blocks.block import MINUTE_MS, Block
from exporter.domain.usage.tokens import Tokens

BURN_MS = 30 * MINUTE_MS
ACTIVITY_MS = 5 * MINUTE_MS
Use = tuple[int, int, int]
"""One response: (time in ms, its tokens of all types, its cost in nano-dollars)."""


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
