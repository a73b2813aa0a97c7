"""Parses Claude Code's own statistics, `stats-cache.json`: tokens by day and model. Nothing else of it is decoded."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import msgspec

from exporter.domain.usage.imported import ImportedDay, ModelTokens
from exporter.domain.usage.pricing import normalize_model
from exporter.sources.limits.report import MAX_ENTRIES, LimitReport, object_in, parse_name, parse_number

NAME = "stats-cache.json"
MAX_DAYS = 4_000
MAX_TOKENS = 10**13
"""More in a day is not valid."""
FIRST_DAY = "2023-01-01"
_SYNTHETIC = "<synthetic>"


class _Statistics(msgspec.Struct):
    daily_tokens: Any = msgspec.field(name="dailyModelTokens", default=None)


def parse_statistics(content: bytes, folder: str) -> LimitReport:
    """The days in the statistics of a configuration folder; of a day that is there twice, the last.

    Raises msgspec.DecodeError.
    """
    entries = msgspec.json.decode(content, type=_Statistics).daily_tokens
    found: dict[str, ImportedDay] = {}
    for entry in entries[-MAX_DAYS:] if isinstance(entries, list) else ():
        day = _date(entry.get("date")) if isinstance(entry, dict) else None
        if day is not None and (models := _models(entry)):
            found[day] = ImportedDay(folder, day, models)
    return LimitReport([], imported=list(found.values()))


def _date(value: Any) -> str | None:
    """A day as written; None for anything else, and for one before Claude Code."""
    if not isinstance(value, str) or len(value) != len(FIRST_DAY):
        return None
    try:
        day = date.fromisoformat(value).isoformat()
    except ValueError:
        return None
    return day if day == value >= FIRST_DAY else None


def _models(entry: dict[str, Any]) -> ModelTokens:
    found: Counter[str] = Counter()
    for name, value in list(object_in(entry, "tokensByModel").items())[:MAX_ENTRIES]:
        tokens = parse_number(value)
        if parse_name(name) is not None and name != _SYNTHETIC and tokens is not None and 1 <= tokens <= MAX_TOKENS:
            found[normalize_model(name)] += int(tokens)
    return tuple(sorted(found.items()))
