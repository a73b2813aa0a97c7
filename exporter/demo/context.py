"""What a conversation holds, and so what its next response reads from the cache, writes to it, and puts out."""

from __future__ import annotations

from random import Random
from typing import Any

from exporter.demo.lines import Tokens
from exporter.domain.calendar.timestamp import MINUTE

FULL, AFTER_COMPACTION = 160_000, 24_000
CACHE_LASTS = 5 * MINUTE


class Context:
    """The tokens in a conversation. What was not read again for five minutes is written to the cache again."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self.tokens = dice.randint(14_000, 24_000)
        """With the system's own texts and the project's."""
        self._cached = 0
        self._expires_at = 0
        self._requests = self._misses = 0
        self._read = self._prompted = 0

    @property
    def is_full(self) -> bool:
        return self.tokens >= FULL

    def answer(self, at: int) -> Tokens:
        """A request at `at` (ms), with its answer."""
        is_warm = at < self._expires_at
        self._misses += self._cached > 0 and not is_warm
        read = self._cached if is_warm else 0
        output = 40 + round(self._dice.lognormvariate(5.6, 0.9))
        found = Tokens(self._dice.randint(3, 12), output, read, self.tokens - read)
        self._requests += 1
        self._read += read
        self._prompted += self.tokens
        self._cached, self._expires_at = self.tokens, at + CACHE_LASTS
        self.tokens += output + round(self._dice.lognormvariate(6.8, 1.0))
        return found

    def compact(self) -> Tokens:
        """Sum the conversation up: a request of which no line is written."""
        hidden = Tokens(6, self._dice.randint(2_000, 5_000), self._cached, 900)
        self.tokens, self._cached, self._expires_at = AFTER_COMPACTION, 0, 0
        return hidden

    def cache_facts(self, at: int) -> dict[str, Any]:
        """As the status line gets them."""
        return {
            "warm": at < self._expires_at, "ttl": "5m", "caching_observed": self._requests > 1,
            "expires_at": self._expires_at // 1_000, "requests": self._requests, "misses": self._misses,
            "expected_rebuilds": 0, "hit_ratio": round(self._read / self._prompted, 4) if self._prompted else 0,
            "miss_recache_tokens": self._misses * 20_000, "miss_causes": {"ttl_expiry": self._misses},
        }  # fmt: skip
