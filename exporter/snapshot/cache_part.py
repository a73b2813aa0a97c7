"""The health of the prompt cache, as part of the snapshot."""

from __future__ import annotations

import msgspec

from exporter.domain.blocks.figures import cache_hit_ratio
from exporter.domain.usage.prompt_cache import Misses
from exporter.domain.usage.tokens import Tokens
from exporter.store.usage.rewriting import Rewritten


class CacheUsed(msgspec.Struct, frozen=True):
    """The use of the cache in some time, and what was written to it again."""

    tokens: Tokens = Tokens()
    rewritten: Rewritten = Rewritten()

    @property
    def hit_ratio(self) -> float | None:
        """The share of the input that was read from the cache; None without input."""
        return cache_hit_ratio(self.tokens)


class CachePart(msgspec.Struct, frozen=True):
    """Of today, of the four weeks before, and the misses of processes that answered last in either."""

    today: CacheUsed = CacheUsed()
    baseline: CacheUsed = CacheUsed()
    misses: Misses = Misses()
