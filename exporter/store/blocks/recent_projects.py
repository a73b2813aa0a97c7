"""What each project cost in each hour since the last blocks started, for the budgets of projects."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.usage.bounds import COST_PART, join_cost
from exporter.domain.usage.counting import decode_extras
from exporter.store.usage.labels import Labels

_ADD = """
INSERT INTO tracker_recent_projects (at, project, parts, dollars, nanos) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET parts = parts + excluded.parts, dollars = dollars + excluded.dollars,
    nanos = nanos + excluded.nanos
"""
_BY_HOUR = f"""
SELECT at / {HOUR} * {HOUR} AS hour, coalesce(c.project, 0) AS project, count(*),
       coalesce(sum(r.cost / {COST_PART}), 0), coalesce(sum(r.cost % {COST_PART}), 0)
FROM tracker_responses r JOIN tracker_conversations c ON c.id = r.owner WHERE r.counted AND r.at >= ? GROUP BY 1, 2
"""
_EXTRAS = f"""
SELECT at / {HOUR} * {HOUR}, coalesce(c.project, 0), r.extras
FROM tracker_responses r INDEXED BY tracker_responses_advised
JOIN tracker_conversations c ON c.id = r.owner WHERE r.counted AND r.extras IS NOT NULL AND r.at >= ?
"""


def add(connection: sqlite3.Connection, found: Mapping[tuple[int, int], Sequence[int]]) -> None:
    """Add to what projects cost: by hour (ms) and project, the parts, dollars and nano-dollars."""
    changed = [(*key, *counts) for key, counts in found.items() if any(counts)]
    connection.executemany(_ADD, changed)
    if any(parts <= 0 for _, _, parts, *_ in changed):
        empty = "DELETE FROM tracker_recent_projects WHERE at = ? AND project = ? AND parts = 0"
        connection.executemany(empty, [row[:2] for row in changed])


def derive(connection: sqlite3.Connection, start: int) -> None:
    """Make all since `start` (ms) again, where none are."""
    connection.executemany(_ADD, connection.execute(_BY_HOUR, (start,)).fetchall())
    extras = connection.execute(_EXTRAS, (start,)).fetchall()
    costs = ((hour, project, one.cost or 0) for hour, project, text in extras for one in decode_extras(text))
    connection.executemany(_ADD, [(hour, project, 1, *divmod(cost, COST_PART)) for hour, project, cost in costs])


def forget(connection: sqlite3.Connection, until: int) -> None:
    """Delete those before `until` (ms)."""
    connection.execute("DELETE FROM tracker_recent_projects WHERE at < ?", (until,))


def cost_since(connection: sqlite3.Connection, labels: Labels, project: str, start: int) -> int:
    """The nano-dollars that a project, by its name, cost from an hour (ms) on."""
    query = "SELECT project, sum(dollars), sum(nanos) FROM tracker_recent_projects WHERE at >= ? GROUP BY project"
    rows = connection.execute(query, (start,))
    return sum(join_cost(*cost) for one, *cost in rows if labels.projects.ref(one or None, start).name == project)
