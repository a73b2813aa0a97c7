"""Parses what a status line says of the prompt cache."""

from __future__ import annotations

from collections import Counter
from typing import Any

from exporter.domain.usage.prompt_cache import LONG_LIFE_MS, SHORT_LIFE_MS, CacheLine, CacheTotals, cause_label
from exporter.sources.limits.report import MAX_ENTRIES, object_in, parse_number, parse_time

MAX_COUNT = 10**12
"""More of anything is not valid."""
_LIFE_MS = {"5m": SHORT_LIFE_MS, "1h": LONG_LIFE_MS}


def parse_prompt_cache(value: Any, cost: Any, seen_at: int) -> CacheLine | None:
    """The running totals in `prompt_cache`, in a line written at `seen_at` (ms); None before the first request.

    `cost`: the object next to it, which says how long the process has run.
    """
    if not isinstance(value, dict) or not (requests := _count(value.get("requests"))):
        return None
    causes: Counter[str] = Counter()
    for name, count in list(object_in(value, "miss_causes").items())[:MAX_ENTRIES]:
        causes[cause_label(name)] += _count(count)
    found = tuple(sorted((cause, count) for cause, count in causes.items() if count))
    totals = CacheTotals(requests, _count(value.get("misses")), _count(value.get("miss_recache_tokens")), found)
    lasted = parse_number(cost.get("total_duration_ms")) if isinstance(cost, dict) else None
    started_at = seen_at - int(lasted) if lasted and lasted <= seen_at else None
    return CacheLine(_answered_at(value, seen_at), seen_at, totals, started_at)


def _answered_at(value: dict[str, Any], seen_at: int) -> int:
    """When the last answer came that is in the totals (ms): it made the cache live until `expires_at`."""
    expires_at, life = parse_time(value.get("expires_at")), _LIFE_MS.get(str(value.get("ttl")))
    if expires_at is None or life is None or expires_at < life:
        return seen_at
    return min(expires_at - life, seen_at)


def _count(value: Any) -> int:
    """A count as written; 0 if it is none."""
    number = parse_number(value)
    return int(number) if number is not None and number <= MAX_COUNT else 0
