"""The health of the prompt cache as JSON. Costs are what writing cost more than reading, by list price."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from exporter.domain.usage.pricing import usd
from exporter.domain.usage.prompt_cache import Misses
from exporter.snapshot.cache_part import CachePart, CacheUsed
from exporter.snapshot.usage.cache_history import CacheHistory
from exporter.snapshot.usage.usage_json import COST_BASIS


def part_json(part: CachePart) -> dict[str, Any]:
    """The `cache` of the snapshot."""
    return {
        "today": _used_json(part.today),
        "four_weeks": _used_json(part.baseline),
        "misses": _misses_json(part.misses),
    }


def history_json(found: CacheHistory, zone: tzinfo | None) -> dict[str, Any]:
    """The use of the cache by day, in total, and the misses."""
    return {
        "items": [{"date": date, **_used_json(used)} for date, used in found.days],
        "totals": _used_json(found.total),
        "misses": _misses_json(found.misses),
        "timezone": str(zone) if zone is not None else "local",
    }


def _used_json(used: CacheUsed) -> dict[str, Any]:
    tokens, rewritten = used.tokens, used.rewritten
    return {
        "input_tokens": tokens.all_input,
        "cache_read_tokens": tokens.cache_read,
        "cache_write_tokens": tokens.cache_write_5m + tokens.cache_write_1h,
        "hit_ratio": used.hit_ratio,
        "rewritten_tokens": rewritten.tokens,
        "rewritten_cost_usd": usd(rewritten.cost),
        "unpriced_rewritten_tokens": rewritten.unpriced,
        "cost_basis": COST_BASIS,
    }


def _misses_json(misses: Misses) -> dict[str, Any]:
    return {
        "requests": misses.requests,
        "misses": misses.misses,
        "by_cause": dict(misses.by_cause),
        "rewritten_tokens": misses.rewritten,
    }
