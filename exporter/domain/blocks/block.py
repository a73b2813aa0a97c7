"""Five-hour blocks: where they begin and end, and the figures of one. `docs/formulas.md` states the rules.

Blocks are half-open and hold every response exactly once. They depend on the times of the responses and on
the official windows alone, not on the order in which these became known.

    responses        x  x      x              x     x                 x
    official window                     [─────────────────)
    blocks          [─estimated─────────)[─official───────)      [─estimated──────────)
"""

from __future__ import annotations

from typing import Literal

import msgspec

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
BLOCK_MS = 5 * HOUR_MS
BEGINNING = -(1 << 62)
"""Before every response; small enough for a sum and for SQLite's integers."""

Basis = Literal["official", "estimated"]


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
