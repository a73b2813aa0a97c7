"""The block that ran at a past time, with what it had used by then."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from exporter.domain.blocks.block import Block, Window
from exporter.domain.blocks.figures import Use, figures
from exporter.domain.blocks.layout import active_block
from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import ModelUse, UsageSum
from exporter.snapshot.take import BlockPart


class Tally:
    """What was used, by model label: sums that grow."""

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

    def less(self, taken: Tally) -> Tally:
        """What remains without what another holds."""
        rest = Tally()
        for model in self.sums.keys() | taken.sums.keys():
            rest.sums[model] = [a - b for a, b in zip(self.sums[model], taken.sums[model], strict=True)]
        return rest

    def uses(self) -> list[ModelUse]:
        """By model, in their order; one that was not used is absent."""
        return [
            ModelUse(model, sums[0], Tokens(*sums[1:6]), sums[6], sums[7])
            for model, sums in sorted(self.sums.items())
            if any(sums)
        ]


class PastBlock:
    """Follows the responses in their order, and tells the block of any time from the last one on."""

    def __init__(self, blocks: Sequence[Block], windows: Sequence[Window]) -> None:
        self._blocks = blocks
        self._windows = windows
        self._begin(None)

    def begun_before(self, moment: int) -> Block | None:
        """The last block that begins at or before `moment` (ms)."""
        place = bisect_right(self._blocks, moment, key=lambda block: block.start)
        return self._blocks[place - 1] if place else None

    def _begin(self, block: Block | None) -> None:
        self._block = block
        self._tally = Tally()
        self._uses: list[Use] = []
        self._owners: set[int] = set()

    def add(self, at: int, owner: int, parts: Iterable[UsageSum]) -> None:
        """A response with what its advisors used."""
        if self._block is None or not self._block.contains(at):
            self._begin(self.begun_before(at))
        tokens = cost = 0
        for part in parts:
            self._tally.add(part)
            tokens += part.tokens.total
            cost += part.cost
        self._uses.append((at, tokens, cost))
        self._owners.add(owner)

    def at(self, now: int) -> BlockPart | None:
        """Without its limit."""
        block = active_block(self.begun_before(now), self._windows, now)
        if block is None:
            return None
        if self._block is None or self._block.start != block.start:
            self._begin(block)
        numbers = figures(
            block,
            sum(tokens for _, tokens, _ in self._uses),
            sum(cost for *_, cost in self._uses),
            self._uses,
            [at for at, *_ in self._uses],
            now,
        )
        models = tuple(self._tally.uses())
        return BlockPart(block.start, block.end, block.basis, numbers, models, len(self._owners), None)
