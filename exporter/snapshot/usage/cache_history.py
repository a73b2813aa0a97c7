"""The health of the prompt cache: its hit ratio, what was written to it again, and misses by cause."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

import msgspec

from exporter.domain.blocks.figures import cache_hit_ratio
from exporter.domain.calendar.day import Day, Span
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.usage.amount import NamedUsage
from exporter.domain.usage.pricing import usd
from exporter.domain.usage.prompt_cache import Misses
from exporter.domain.usage.tokens import Tokens, add_up
from exporter.snapshot.usage import usage_history
from exporter.snapshot.usage.usage_json import COST_BASIS
from exporter.store.blocks.usage_spans import PastUsage, uses_between
from exporter.store.reader import Reader, View
from exporter.store.usage import cache_lines
from exporter.store.usage.labels import Labels
from exporter.store.usage.rewriting import Rewritten, rewritten_between, rewritten_by_time

BASELINE_MS = 28 * DAY


class CacheUsed(msgspec.Struct, frozen=True):
    """The use of the cache in some time, and what was written to it again."""

    tokens: Tokens = Tokens()
    rewritten: Rewritten = Rewritten()

    @property
    def hit_ratio(self) -> float | None:
        """The share of the input that was read from the cache; None without input."""
        return cache_hit_ratio(self.tokens)


class CachePart(msgspec.Struct, frozen=True):
    """Of today, of the four weeks before, and all misses that status lines ever reported."""

    today: CacheUsed = CacheUsed()
    baseline: CacheUsed = CacheUsed()
    misses: Misses = Misses()


class CacheHistory(msgspec.Struct, frozen=True):
    """By day, oldest first, and the misses of processes that answered last in the same time."""

    days: tuple[tuple[str, CacheUsed], ...]
    misses: Misses

    @property
    def total(self) -> CacheUsed:
        used = [one for _, one in self.days]
        parts = zip(*(one.rewritten for one in used), strict=True)
        return CacheUsed(add_up(one.tokens for one in used), Rewritten(*map(sum, parts)))


def cache_part(connection: View, labels: Labels, past: PastUsage, today: Day, tokens: Tokens) -> CachePart:
    """The part of the snapshot. `tokens`: of today."""
    start = today.start - BASELINE_MS
    before = add_up(use.tokens for use in uses_between(connection, labels, start, today.start, past))
    return CachePart(
        CacheUsed(tokens, rewritten_between(connection, today.start, today.end)),
        CacheUsed(before, rewritten_between(connection, start, today.start)),
        cache_lines.misses_between(connection),
    )


def cache_history(reader: Reader, span: Span, zone: tzinfo | None) -> CacheHistory:
    """The days of `span` with usage. Raises DatabaseError."""
    used = usage_history.periods(reader, "day", span, zone)
    with reader.view() as connection:
        if connection is None:
            return CacheHistory((), Misses())
        again = rewritten_by_time(connection, *span)
        misses = cache_lines.misses_between(connection, *span)
    by_day: dict[str, Rewritten] = {}
    for at, one in again:
        name = period_of(at, "day", zone).name
        by_day[name] = by_day.get(name, Rewritten()) + one
    return CacheHistory(tuple((one.name, _used(one, by_day)) for one in used), misses)
