"""What sessions cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta, tzinfo

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import date_of, span_of
from exporter.domain.sessions.session import SessionRow
from exporter.domain.usage.amount import Amount, add_up, by_model
from exporter.snapshot.usage import groupings
from exporter.store.reader import Reader
from exporter.store.usage import conversations, responses
from exporter.store.usage.labels import Labels

FEW = 50
"""So many sessions are summed one by one: a session that runs for weeks does not cost weeks of all sessions."""


def session_costs(reader: Reader, rows: Sequence[SessionRow], zone: tzinfo | None) -> Mapping[str, Amount]:
    """What each session used, by its id; those without any are absent. Raises DatabaseError."""
    if len(rows) <= FEW:
        return _each(reader, rows)
    starts = [at for row in rows if (at := timestamp.parse(row.start_time)) is not None]
    if not starts:
        return {}
    since = date_of(min(starts), zone) - timedelta(days=1)
    wanted = {row.id for row in rows}
    items = groupings.grouped(reader, span_of(since, None, zone), "session").items
    return {one.name: one.amount for one in items if one.name in wanted}


def _each(reader: Reader, rows: Sequence[SessionRow]) -> Mapping[str, Amount]:
    with reader.view() as connection:
        if connection is None or not rows:
            return {}
        labels, found = Labels(connection, read_only=True), {}
        for row in rows:
            conversation, _ = conversations.load(connection, row.id)
            if conversation is None:
                continue
            parts = (
                part for one in responses.of_owner(connection, conversation) for part in responses.usage(one, labels)
            )
            if models := by_model(parts):
                found[row.id] = add_up(amount for _, amount in models)
        return found
