"""Parses `cost-state` entries: the client's own running total of a session."""

from __future__ import annotations

from typing import Any

import msgspec

from exporter.domain.text import printable
from exporter.domain.usage.bounds import MAX_TOKENS
from exporter.domain.usage.client_total import ClientTotal, Use

TOTAL_LINE = "cost-state"
MAX_BYTES = 65_536
MAX_MODELS = 100
MAX_USD = 10**7
_MOST = 1_000 * MAX_TOKENS
_COUNTS = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")


class _Line(msgspec.Struct):
    totalCostUSD: Any = None
    startTime: Any = None
    modelUsage: Any = None


_decode = msgspec.json.Decoder(_Line).decode


def client_total_in(raw: bytes, at: int | None) -> ClientTotal | None:
    """The total; None if it is malformed. `at`: the latest time (ms) of the session's lines before it."""
    if len(raw) > MAX_BYTES:
        return None
    try:
        line = _decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    cost, started_at = _nano(line.totalCostUSD), line.startTime
    usage = line.modelUsage
    if cost is None or not isinstance(usage, dict) or len(usage) > MAX_MODELS:
        return None
    models = {printable(name): _use(one) for name, one in usage.items()}
    if not _is_count(started_at) or any(use is None for use in models.values()):
        return None
    return ClientTotal(at, started_at, cost, {name: use for name, use in models.items() if use is not None})


def _use(value: Any) -> Use | None:
    if not isinstance(value, dict):
        return None
    counts = [value.get(key, 0) for key in _COUNTS]
    cost = _nano(value.get("costUSD", 0))
    if cost is None or not all(_is_count(count) and count <= _MOST for count in counts):
        return None
    return Use((counts[0], counts[1], counts[2], counts[3]), cost)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 53


def _nano(value: Any) -> int | None:
    is_price = type(value) in (int, float) and 0 <= value <= MAX_USD
    return round(value * 1e9) if is_price else None
