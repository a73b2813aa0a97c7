"""5-hour blocks: the types, and how blocks relate to official windows. `docs/formulas.md` states the rules.

Blocks are half-open, and those of an account hold each of its responses exactly once. They depend on the times of the
responses and on the official windows only, not on the order in which these became known.

    responses        x  x      x              x     x                 x
    official window                     [─────────────────)
    blocks          [─estimated─────────)[─official───────)      [─estimated──────────)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from exporter.domain.accounts import UNKNOWN_ACCOUNT

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
BLOCK_MS = 5 * HOUR_MS
START_OF_TIME = -(1 << 62)
"""A time before every response. It fits SQLite's integers, and sums with it do too."""
END_OF_TIME = 1 << 62
"""After every response."""

Basis = Literal["official", "estimated"]


class Window(msgspec.Struct, frozen=True):
    """A 5-hour window reported by Claude's service, `[start, end)` in ms; shorter where another window cuts it."""

    start: int
    end: int


Windows = Mapping[int, Sequence[Window]]
"""The windows by account, each sorted and without overlaps."""


class Block(msgspec.Struct, frozen=True):
    """A block `[start, end)` in ms, of one account. Its end belongs to the account's next block."""

    start: int
    end: int
    basis: Basis
    account: int = UNKNOWN_ACCOUNT

    def contains(self, ms: int) -> bool:
        return self.start <= ms < self.end

    def is_active(self, now: int) -> bool:
        return self.contains(now)
