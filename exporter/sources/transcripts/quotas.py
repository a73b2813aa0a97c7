"""The limit record next to the text of an API error: `quotaLimits`. Only lines of API errors are searched for it."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from exporter.domain.limits.quota import QuotaLimits
from exporter.domain.transcripts.batch import Row

_KEY = b'"quotaLimits"'
_MAX_EPOCH = 10**15
_MAX_TEXT = 60


class _Line(msgspec.Struct):
    quotaLimits: Any = None


_decode = msgspec.json.Decoder(_Line).decode


def quota_in(raw: bytes) -> Row | None:
    """The values of the line's limit record, as a row keeps them; None if it has none that says anything.

    What is not of its type, or not short, is left out.
    """
    if _KEY not in raw:
        return None
    try:
        record = _decode(raw).quotaLimits
    except (msgspec.DecodeError, UnicodeDecodeError):
        record = _loose(raw)
    if not isinstance(record, dict):
        return None
    quota = QuotaLimits(
        _text(record.get("status")),
        _epoch(record.get("resetsAt")),
        _text(record.get("rateLimitType")),
        _text(record.get("overageStatus")),
        record.get("isUsingOverage") is True,
    )
    return msgspec.structs.astuple(quota) if quota != QuotaLimits() else None


def _loose(raw: bytes) -> Any:
    """From a line that is not quite JSON, or begins with a byte order mark."""
    try:
        line = json.loads(raw.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None
    return line.get("quotaLimits") if isinstance(line, dict) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.isascii() and len(value) <= _MAX_TEXT else None


def _epoch(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _MAX_EPOCH:
        return None
    return float(value)
