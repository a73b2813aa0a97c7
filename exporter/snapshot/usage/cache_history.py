"""The health of the prompt cache: its hit ratio, what was written to it again, and misses by cause."""

from __future__ import annotations

from collections import defaultdict
from datetime import tzinfo

import msgspec

from exporter.domain.calendar.day import Day, Span, period_of
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.usage.prompt_cache import Misses
from exporter.domain.usage.tokens import Tokens, add_up
from exporter.snapshot.cache_part import CachePart, CacheUsed
from exporter.snapshot.usage import usage_history
from exporter.store.blocks.usage_spans import PastUsage, uses_between
from exporter.store.reader import Reader, View
from exporter.store.usage import cache_lines
from exporter.store.usage.labels import Labels
from exporter.store.usage.rewriting import Rewritten, each_rewritten, rewritten_between, sum_of

BASELINE_MS = 28 * DAY


class CacheHistory(msgspec.Struct, frozen=True):
    """By day, oldest first, and the misses of processes that answered last in the same time."""

    days: tuple[tuple[str, CacheUsed], ...]
    misses: Misses

    @property
    def total(self) -> CacheUsed:
        used = [one for _, one in self.days]
        return CacheUsed(add_up(one.tokens for one in used), sum_of(one.rewritten for one in used))


def cache_part(connection: View, labels: Labels, past: PastUsage, today: Day, tokens: Tokens) -> CachePart:
    """The part of the snapshot. `tokens`: of today."""
    start = today.start - BASELINE_MS
    before = add_up(use.tokens for use in uses_between(connection, labels, start, today.start, past))
    return CachePart(
        CacheUsed(tokens, rewritten_between(connection, today.start, today.end)),
        CacheUsed(before, rewritten_between(connection, start, today.start)),
        cache_lines.misses_between(connection, start, today.end),
    )


def cache_history(reader: Reader, span: Span, zone: tzinfo | None) -> CacheHistory:
    """The days of `span` with usage. Raises DatabaseError."""
    used = usage_history.periods(reader, "day", span, zone)
    with reader.view() as connection:
        if connection is None:
            return CacheHistory((), Misses())
        by_day: defaultdict[str, list[Rewritten]] = defaultdict(list)
        for at, one in each_rewritten(connection, *span):
            by_day[period_of(at, "day", zone).name].append(one)
        misses = cache_lines.misses_between(connection, *span)
    days = ((one.name, CacheUsed(one.amount.tokens, sum_of(by_day[one.name]))) for one in used)
    return CacheHistory(tuple(days), misses)
