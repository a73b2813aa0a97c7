"""Days before the first transcript, as Claude Code's own statistics or an earlier tracker have them.

They are in reports, apart from everything exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, tzinfo
from typing import Any

from exporter.domain.calendar.day import Span, Unit, date_of, midnight, period_of
from exporter.domain.usage.bounds import EARLIEST
from exporter.domain.usage.imported import ImportedUsage, ModelTokens, add_models
from exporter.domain.usage.labels import UNKNOWN
from exporter.store.reader import Reader
from exporter.store.sessions import imported as sessions
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
        end = date_of(first, zone).isoformat() if first is not None else None
        days = dict(imported.load_before(connection, end))
        # Both are of the same use: where the client's own statistics have a day, only they are shown.
        days = _estimates(sessions.estimates(connection), end, zone) | days
    found: defaultdict[str, list[ModelTokens]] = defaultdict(list)
    for day, models in sorted(days.items()):
        start = midnight(date.fromisoformat(day), zone)
        if span.start <= start < span.end:
            found[period_of(start, unit, zone).name].append(models)
    return tuple(ImportedUsage(name, add_models(parts)) for name, parts in found.items())


def _estimates(
    found: Iterable[tuple[int, str | None, int]], end: str | None, zone: tzinfo | None
) -> dict[str, ModelTokens]:
    """The tokens of an earlier tracker's sessions by the day on which they started, before the day `end`."""
    days: defaultdict[str, list[ModelTokens]] = defaultdict(list)
    for at, model, tokens in found:
        day = date_of(at, zone).isoformat()
        if tokens and (end is None or day < end):
            days[day].append(((model or UNKNOWN, tokens),))
    return {day: add_models(parts) for day, parts in days.items()}


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
