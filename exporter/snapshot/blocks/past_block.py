"""The block that was running at a past time, with its usage until then."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from exporter.domain.accounts import UNKNOWN_ACCOUNT
from exporter.domain.blocks.block import Block, Window
from exporter.domain.blocks.figures import Use, compute_figures
from exporter.domain.blocks.layout import active_block
from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import ModelUse, UsageSum
from exporter.snapshot.parts import BlockPart


class Tally:
    """Growing sums of usage by model label."""

    def __init__(self) -> None:
        self.sums: defaultdict[str, list[int]] = defaultdict(lambda: [0] * 8)
        """Responses, the five token types, cost, unpriced tokens."""

    def add(self, usage: UsageSum | ModelUse) -> None:
        sums, tokens = self.sums[usage.model], usage.tokens
        sums[0] += usage.responses
        sums[1] += tokens.input
        sums[2] += tokens.output
        sums[3] += tokens.cache_read
        sums[4] += tokens.cache_write_5m
        sums[5] += tokens.cache_write_1h
        sums[6] += usage.cost
        sums[7] += usage.unpriced

    def less(self, other: Tally) -> Tally:
        """The difference from another tally."""
        rest = Tally()
        for model in self.sums.keys() | other.sums.keys():
            rest.sums[model] = [a - b for a, b in zip(self.sums[model], other.sums[model], strict=True)]
        return rest

    def uses(self) -> list[ModelUse]:
        """By model, sorted, without unused ones."""
        return [
            ModelUse(model, sums[0], Tokens(*sums[1:6]), sums[6], sums[7])
            for model, sums in sorted(self.sums.items())
            if any(sums)
        ]


class PastBlock:
    """Takes an account's responses in order, and computes its block at any time after the last one."""

    def __init__(self, blocks: Sequence[Block], windows: Sequence[Window], account: int = UNKNOWN_ACCOUNT) -> None:
        self._account = account
        self._blocks = blocks
        self._windows = windows
        self._start(None)

    def last_started_before(self, moment: int) -> Block | None:
        """The last block that starts at or before `moment` (ms)."""
        place = bisect_right(self._blocks, moment, key=lambda block: block.start)
        return self._blocks[place - 1] if place else None

    def _start(self, block: Block | None) -> None:
        self._block = block
        self._tally = Tally()
        self._uses: list[Use] = []
        self._owners: set[int] = set()

    def add(self, at: int, owner: int, parts: Iterable[UsageSum]) -> None:
        """Add a response, with the usage of its extras."""
        if self._block is None or not self._block.contains(at):
            self._start(self.last_started_before(at))
        tokens = cost = 0
        for part in parts:
            self._tally.add(part)
            tokens += part.tokens.total
            cost += part.cost
        self._uses.append((at, tokens, cost))
        self._owners.add(owner)

    def at(self, now: int) -> BlockPart | None:
        """The block at `now` (ms), without its limit."""
        block = active_block(self.last_started_before(now), self._windows, now, self._account)
        if block is None:
            return None
        if self._block is None or self._block.start != block.start:
            self._start(block)
        numbers = compute_figures(
            block,
            sum(tokens for _, tokens, _ in self._uses),
            sum(cost for *_, cost in self._uses),
            self._uses,
            [at for at, *_ in self._uses],
            now,
        )
        models = tuple(self._tally.uses())
        return BlockPart(block.start, block.end, block.basis, numbers, models, len(self._owners), None)
