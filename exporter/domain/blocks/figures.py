"""The figures of one block: usage, burn rate, projection, efficiency. `docs/formulas.md` states each formula."""

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
    """A block's figures at one time, by the formulas in `docs/formulas.md`; money in nano-dollars."""

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
    """The block's own tokens in (now − 30 min, now] ÷ 30, even while the block is younger than 30 minutes."""
    burn_cost_nano_per_minute: float
    """The same for cost."""
    projected_tokens: int
    """tokens + burn × remaining minutes, rounded to a whole number."""
    projected_cost_nano: int
    """The same for cost."""
    efficiency_score: float
    """100 × active time (see `active_ms`) ÷ elapsed; 0 before any time has passed."""


def compute_figures(
    block: Block, tokens: int, cost_nano: int, recent: Sequence[Use], times: Sequence[int], now_ms: int
) -> BlockFigures:
    """Return the figures of `block` at `now_ms`.

    `tokens`, `cost_nano`: the block's total usage. `recent`: its responses of at least the last 30 minutes.
    `times`: the times of all its responses, in any order. A response stamped later than now (by another clock)
    counts in tokens and cost, but in no figure measured over time.
    """
    length = block.end - block.start
    elapsed = min(max(now_ms - block.start, 0), length)
    remaining = length - elapsed
    recent_use = [use for use in recent if now_ms - BURN_MS < use[0] <= now_ms]
    recent_tokens, recent_cost = sum(use[1] for use in recent_use), sum(use[2] for use in recent_use)
    return BlockFigures(
        tokens=tokens,
        cost_nano=cost_nano,
        elapsed_s=elapsed / 1000,
        remaining_s=remaining / 1000,
        completion_ratio=elapsed / length,
        burn_tokens_per_minute=recent_tokens * MINUTE_MS / BURN_MS,
        burn_cost_nano_per_minute=recent_cost * MINUTE_MS / BURN_MS,
        projected_tokens=_project(tokens, recent_tokens, remaining),
        projected_cost_nano=_project(cost_nano, recent_cost, remaining),
        efficiency_score=efficiency_score(block, active_ms(block, times, now_ms), now_ms),
    )


def efficiency_score(block: Block, active: int, now_ms: int) -> float:
    """100 × active time ÷ elapsed time; 0 before any time has passed. `active`: ms."""
    elapsed = min(max(now_ms - block.start, 0), block.end - block.start)
    return 100 * active / elapsed if elapsed else 0.0


def _project(current: int, recent_use: int, remaining_ms: int) -> int:
    """The current figure + burn × remaining time, rounded half up."""
    return current + (2 * recent_use * remaining_ms + BURN_MS) // (2 * BURN_MS)


def active_ms(block: Block, times: Sequence[int], now_ms: int) -> int:
    """The time within five minutes after any response: the union of those spans, within the block and up to now.

    block       [────────────────────────────────────)
    responses     x    x           x                x
    spans         [────────)       [────)           [)     clipped to the block's end
    """
    horizon = min(now_ms, block.end)
    total, covered_until = 0, block.start
    for time in sorted(times):
        start, end = max(time, covered_until), min(time + ACTIVITY_MS, horizon)
        if start < end:
            total += end - start
            covered_until = end
    return total


def cache_hit_ratio(tokens: Tokens) -> float | None:
    """Tokens read from the cache ÷ all tokens sent, cached or not; None if none were sent."""
    return tokens.cache_read / tokens.all_input if tokens.all_input else None
