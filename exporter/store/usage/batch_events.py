"""What the events of a batch change: totals, sessions and times, by what is stored of them before the merge."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from exporter.domain.transcripts.batch import SessionBatch
from exporter.domain.usage.activity import tool_label
from exporter.domain.usage.totals import LabelSet
from exporter.store.usage.scope import encoded


class BatchEvents(NamedTuple):
    """Prompts, tool calls, API errors and stops."""

    totals: dict[LabelSet, int]
    """What the new ones add to the totals, less the prompts that are withdrawn."""
    credited: set[int]
    """The conversations that stored copies are credited to: an older file may change that."""
    times: list[int]
    """When the prompts and tool calls were, now and before (ms)."""


class _Stored(NamedTuple):
    at: int
    conversation: int


def events_of(connection: sqlite3.Connection, session_batches: Sequence[SessionBatch], *, again: bool) -> BatchEvents:
    """`again`: the batches were read before, by other rules, so prompts may be withdrawn."""
    prompts = {str(row[0]): int(row[1]) for one in session_batches for row in one.prompts}
    tools = {str(row[0]): (int(row[1]), str(row[2])) for one in session_batches for row in one.tool_calls}
    errors = {str(row[0]): str(row[2]) for one in session_batches for row in one.api_errors}
    stops = {str(row[0]) for one in session_batches for row in one.stops}
    withdrawn = {uuid for one in session_batches for uuid in one.withdrawn}

    stored_prompts = _stored(connection, "tracker_prompts", "uuid", prompts.keys() | withdrawn)
    stored_tools = _stored(connection, "tracker_tool_calls", "id", tools)
    stored_errors = _stored(connection, "tracker_api_errors", "uuid", errors)
    stored_stops = _stored(connection, "tracker_stops", "uuid", stops)

    totals: Counter[LabelSet] = Counter()
    totals["prompts", ()] = len(prompts.keys() - stored_prompts.keys())
    totals.update(("tool_calls", (tool_label(tool),)) for key, (_, tool) in tools.items() if key not in stored_tools)
    totals.update(("api_errors", (kind,)) for key, kind in errors.items() if key not in stored_errors)
    if again:
        totals["prompts", ()] -= len(withdrawn & stored_prompts.keys())
    times = [*prompts.values(), *(at for at, _ in tools.values())]
    times += (one.at for found in (stored_prompts, stored_tools) for one in found.values())
    credited = {one.conversation for found in (stored_prompts, stored_errors, stored_stops) for one in found.values()}
    return BatchEvents({key: value for key, value in totals.items() if value}, credited, times)


def _stored(connection: sqlite3.Connection, table: str, key: str, events: Iterable[str]) -> dict[str, _Stored]:
    """Those of the events that are stored, by their keys."""
    if not (keys := list(events)):
        return {}
    query = f"SELECT {key}, at, conversation FROM {table} WHERE {key} IN (SELECT value FROM json_each(?))"
    return {one: _Stored(*rest) for one, *rest in connection.execute(query, (encoded(keys),))}
