"""Days before the first transcript, from Claude Code's own statistics: in reports, apart from everything exact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, tzinfo
from typing import Any

from exporter.domain.calendar.day import Span, Unit, date_of, midnight, period_of
from exporter.domain.usage.bounds import EARLIEST
from exporter.domain.usage.imported import ImportedUsage, ModelTokens, add_models
from exporter.store.reader import Reader
from exporter.store.usage import imported
from exporter.store.usage.responses import first_at_or_after


def imported_periods(reader: Reader, unit: Unit, span: Span, zone: tzinfo | None) -> tuple[ImportedUsage, ...]:
    """The days, weeks or months with imported days, oldest first: only days in `span` and before the first response.

    Raises DatabaseError.
    """
    with reader.view() as connection:
        if connection is None:
            return ()
        first = first_at_or_after(connection, EARLIEST)
        days = imported.load_before(connection, date_of(first, zone).isoformat() if first is not None else None)
    found: defaultdict[str, list[ModelTokens]] = defaultdict(list)
    for day, models in days:
        start = midnight(date.fromisoformat(day), zone)
        if span.start <= start < span.end:
            found[period_of(start, unit, zone).name].append(models)
    return tuple(ImportedUsage(name, add_models(parts)) for name, parts in found.items())


def imported_json(found: Sequence[ImportedUsage], key: str) -> dict[str, Any]:
    """The imported usage by name, under the key `key`, and its sum. Costs are not known."""
    return {
        "items": [
            {
                key: one.name,
                "total_tokens": one.tokens,
                "cost_usd": None,
                "models": [{"model": model, "total_tokens": tokens} for model, tokens in one.models],
            }
            for one in found
        ],
        "total_tokens": sum(one.tokens for one in found),
    }
