"""Merges the attached database: what is new of it, and what each counter showed before."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from exporter.domain.usage.totals import PAST_FAMILIES
from exporter.store.merging.limits import merge_limits
from exporter.store.merging.rows import merge_rows
from exporter.store.merging.sessions import merge_runs, rows_of_others, sessions_of_source
from exporter.store.merging.source import Names, drop_maps, map_accounts, map_conversations, map_marks
from exporter.store.sessions import imported, sessions
from exporter.store.sessions.forgetting import Forgotten
from exporter.store.sessions.imported import Source
from exporter.store.usage import totals

_FAMILIES = PAST_FAMILIES | {"cache_misses"}
COUNTED = {
    "sessions": "SELECT count(*) FROM {schema}.real_sessions",
    "responses": "SELECT count(*) FROM {schema}.tracker_responses WHERE counted",
    "prompts": "SELECT count(*) FROM {schema}.tracker_prompts",
    "tool calls": "SELECT count(*) FROM {schema}.tracker_tool_calls",
    "limits reached": "SELECT count(*) FROM {schema}.tracker_limit_hits",
    "limit readings": "SELECT count(*) FROM {schema}.tracker_readings",
    "accounts": "SELECT count(*) FROM {schema}.tracker_accounts WHERE id > 1",
}
"""What is counted before and after, by what it is called."""


class Merged(msgspec.Struct, frozen=True):
    """What was merged, by the names of `COUNTED`. `found`: in the source; `new`: here afterwards.

    `estimates`: sessions of an earlier tracker that were taken. `skipped`: those that were not, by reason.
    """

    found: dict[str, int] = {}
    new: dict[str, int] = {}
    estimates: int = 0
    skipped: dict[str, int] = {}


def counts(connection: sqlite3.Connection, schema: str = "main") -> dict[str, int]:
    """How much of each a database holds."""
    return {name: connection.execute(query.format(schema=schema)).fetchone()[0] for name, query in COUNTED.items()}


@contextmanager
def counters_kept(connection: sqlite3.Connection, now: int) -> Iterator[None]:
    """Around an import in the caller's transaction: no counter moves, and new label sets start at 0.

    Also where no tracker was ever scraped: the store that scrapes the other one can have its figures already.
    """
    if not totals.was_served(connection):
        totals.announce(connection, now)  # what is there now is shown with its value, as by a first tracker
        totals.mark_served(connection, now)
    shown = totals.peaks(connection, _FAMILIES)
    yield
    totals.keep_out(connection, _FAMILIES, shown)


def merge_source(
    connection: sqlite3.Connection, forgotten: Forgotten, source: Source, now: int, first_seen_at: int
) -> Merged:
    """Merge the attached database's rows, in the caller's transaction, who then derives all data again.

    The accounts are mapped (`map_accounts`) already. `now`: ms. `first_seen_at`: of new label sets.
    """
    names = Names(connection, forgotten)
    known = {row[0] for row in connection.execute("SELECT id FROM real_sessions")}
    known |= {row[0] for row in connection.execute("SELECT session_id FROM tracker_conversations")}
    map_marks(connection)
    map_conversations(connection, names)
    merge_rows(connection, names, now, first_seen_at)
    merge_limits(connection, first_seen_at)
    touched = merge_runs(connection, names)
    imported.mark(connection, sessions_of_source(connection, names) - known, source, now)
    for session_id in sorted(touched):
        sessions.refresh_session(connection, session_id)
    estimates, skipped = take_estimates(connection, list(rows_of_others(connection)), forgotten, now)
    drop_maps(connection)
    return Merged(estimates=estimates, skipped=skipped)


def take_estimates(
    connection: sqlite3.Connection, rows: list[imported.SessionValues], forgotten: Forgotten, now: int
) -> tuple[int, dict[str, int]]:
    """Take an earlier tracker's sessions. Returns how many, and how many were skipped, by reason."""
    found = Counter(imported.take(connection, row, forgotten, now) for row in rows)
    taken = found.pop(None, 0)
    return taken, {reason: number for reason, number in sorted(found.items()) if reason is not None}


__all__ = ["COUNTED", "Merged", "counters_kept", "counts", "map_accounts", "merge_source", "take_estimates"]
