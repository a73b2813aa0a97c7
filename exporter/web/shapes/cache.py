"""The health of the prompt cache."""

from __future__ import annotations

from exporter.web.shapes.shape import Shape


class CacheUse(Shape, frozen=True, kw_only=True):
    """Input, cached or not, and what was written to the cache again after it had expired.

    `rewritten_cost_usd`: above that of reading it, by list price.
    """

    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    hit_ratio: float | None
    rewritten_tokens: int
    rewritten_cost_usd: float
    unpriced_rewritten_tokens: int
    cost_basis: str


class CacheMisses(Shape, frozen=True, kw_only=True):
    """Requests that missed the cache, as the status line reports them. One may have several causes.

    `rewritten_tokens`: what they wrote, as the client counts.
    """

    requests: int
    misses: int
    by_cause: dict[str, int]
    rewritten_tokens: int


class Cache(Shape, frozen=True, kw_only=True):
    """Today, the four weeks before, and the misses of processes whose last response was in either."""

    today: CacheUse
    four_weeks: CacheUse
    misses: CacheMisses


class CacheDay(CacheUse, frozen=True, kw_only=True):
    """One day."""

    date: str


class CacheDays(Shape, frozen=True, kw_only=True):
    """The use of the cache by day and in total. `misses`: of processes whose last response was in this time."""

    items: list[CacheDay]
    totals: CacheUse
    misses: CacheMisses
    timezone: str
