"""The first and last response of each ten seconds since the last blocks started: when an account was active.

Between the responses of five minutes no pause is longer, so the first and the last show the same activity as all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from exporter.domain.blocks.block import END_OF_TIME, Block
from exporter.domain.blocks.figures import ACTIVITY_MS
from exporter.store.database import meta
from exporter.store.usage.responses import Row

SPAN_MS = 10_000
_ADD = """
INSERT INTO tracker_recent_times (account, at, first_at, last_at, changed) VALUES (?1, ?2, ?3, ?3, ?4)
ON CONFLICT DO UPDATE SET first_at = min(coalesce(first_at, excluded.first_at), excluded.first_at),
    last_at = max(coalesce(last_at, 0), excluded.last_at), changed = excluded.changed
"""
_PUT_SPAN = """
INSERT OR REPLACE INTO tracker_recent_times (account, at, first_at, last_at, changed)
SELECT ?1, ?2, min(at), max(at), ?4 FROM tracker_responses
WHERE counted AND provider IS NULL AND account = ?1 AND at >= ?2 AND at < ?3
"""
_PUT_ALL = f"""
INSERT INTO tracker_recent_times (account, at, first_at, last_at, changed)
SELECT account, at / {SPAN_MS} * {SPAN_MS} AS span, min(at), max(at), ? FROM tracker_responses
WHERE counted AND provider IS NULL AND at >= ? GROUP BY account, span
"""
_DERIVED = "recent_derived"


def update(connection: sqlite3.Connection, added: Collection[Row], removed: Collection[Row]) -> None:
    """Follow what changed of the counted responses; all are since the time from which these are kept."""
    commit = meta.sequence(connection) + 1
    rows = [(row.account, row.at // SPAN_MS * SPAN_MS, row.at, commit) for row in added if row.provider is None]
    connection.executemany(_ADD, rows)
    spans = {(row.account, row.at // SPAN_MS * SPAN_MS) for row in removed if row.provider is None}
    connection.executemany(_PUT_SPAN, [(account, at, at + SPAN_MS, commit) for account, at in spans])


def derive(connection: sqlite3.Connection, start: int) -> None:
    """Make all since `start` (ms) again."""
    forget(connection, END_OF_TIME)
    connection.execute(_PUT_ALL, (meta.sequence(connection) + 1, start))
    meta.put(connection, _DERIVED, str(derived(connection) + 1))


def derived(connection: sqlite3.Connection) -> int:
    """How often all were made again."""
    return int(meta.get(connection, _DERIVED) or 0)


def forget(connection: sqlite3.Connection, until: int) -> None:
    """Delete those before `until` (ms)."""
    connection.execute("DELETE FROM tracker_recent_times WHERE at < ?", (until,))


_TIMES = f"""
SELECT min(first_at), max(last_at) FROM tracker_recent_times
WHERE account = ? AND at >= ? AND at < ? AND first_at IS NOT NULL GROUP BY at / {ACTIVITY_MS} ORDER BY 1
"""


def active_times(connection: sqlite3.Connection, block: Block) -> list[int]:
    """Times with the same activity as those of all responses of a block, in order; it starts and ends at full spans."""
    rows = connection.execute(_TIMES, (block.account, block.start, block.end))
    return [at for first_and_last in rows for at in first_and_last]


def changed_since(connection: sqlite3.Connection, account: int, commit: int, start: int) -> list[int]:
    """The spans from `start` (ms) on of which a response changed after this commit, in order."""
    query = "SELECT at FROM tracker_recent_times WHERE account = ? AND changed > ? AND at >= ? ORDER BY at"
    return [at for (at,) in connection.execute(query, (account, commit, start))]
