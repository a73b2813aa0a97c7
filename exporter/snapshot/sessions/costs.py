"""What sessions cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta, tzinfo

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import date_of, span_of
from exporter.domain.sessions.session import SessionRow
from exporter.domain.usage.amount import Amount
from exporter.snapshot.usage import groupings
from exporter.store.reader import Reader


def session_costs(reader: Reader, rows: Sequence[SessionRow], zone: tzinfo | None) -> Mapping[str, Amount]:
    """What each session used, by its id; those without any are absent. Raises DatabaseError."""
    starts = [at for row in rows if (at := timestamp.parse(row.start_time)) is not None]
    if not starts:
        return {}
    since = date_of(min(starts), zone) - timedelta(days=1)
    wanted = {row.id for row in rows}
    items = groupings.grouped(reader, span_of(since, None, zone), "session").items
    return {one.name: one.amount for one in items if one.name in wanted}
