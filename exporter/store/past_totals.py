"""The totals of the past: every event with its time, and their sums until a given time."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from heapq import merge
from operator import itemgetter

from exporter.domain.blocks.block import END_OF_TIME
from exporter.domain.usage.activity import tool_label
from exporter.domain.usage.bounds import EARLIEST
from exporter.domain.usage.totals import CACHE_FAMILIES, HIT_FAMILIES, LabelSet, sum_contributions
from exporter.store import accounts
from exporter.store.sessions.runs import bucket_of
from exporter.store.usage import labels as stored_labels
from exporter.store.usage.labels import Labels
from exporter.store.usage.responses import parts_between

# Everything except usage, as (time, label as stored, amount). A run's length is observed when it first ends; a lockout
# counts when it is over. The label of a limit is its account and window.
_EVENTS = {
    "prompts": "SELECT at, '' AS label, 1 AS amount FROM tracker_prompts",
    "tool_calls": "SELECT at, tool AS label, 1 AS amount FROM tracker_tool_calls",
    "api_errors": "SELECT at, kind AS label, 1 AS amount FROM tracker_api_errors",
    "cache_rewritten": "SELECT at, '' AS label, rewritten AS amount FROM tracker_responses"
    " WHERE counted AND rewritten IS NOT NULL",
    "blocks": "SELECT end_at AS at, '' AS label, 1 AS amount FROM tracker_blocks",
    "sessions_started": "SELECT started_at AS at, session_type AS label, 1 AS amount FROM tracker_runs",
    "session_duration": "SELECT started_at + observed AS at, session_type AS label, observed AS amount"
    " FROM tracker_runs WHERE observed IS NOT NULL",
    "limit_hits": "SELECT at, account || ' ' || window AS label, 1 AS amount FROM tracker_limit_hits",
    "limit_raised": "SELECT at, account || ' ' || window AS label, 1 AS amount FROM tracker_limit_raises",
    "locked_out": "SELECT end_at AS at, account || ' ' || window AS label, end_at - start_at AS amount"
    " FROM tracker_lockouts JOIN tracker_limit_hits h ON h.id = hit",
}

Event = tuple[int, str, str, int]
"""(time in ms, kind, label as stored, amount)"""


class EventLabels:
    """Converts events to contributions to label sets."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._accounts = accounts.labels(connection)
        self._windows = stored_labels.window_labels(connection)

    def contributions(self, kind: str, label: str, amount: int, times: int = 1) -> Iterator[tuple[LabelSet, int]]:
        """The contributions of `times` equal events."""
        if kind == "session_duration":
            yield ("session_duration_bucket", (label, bucket_of(amount))), times
            yield ("session_duration_sum", (label,)), amount * times
        elif kind in ("prompts", "blocks"):
            yield (kind, ()), times
        elif kind in CACHE_FAMILIES:
            yield (kind, ()), amount * times
        elif kind in HIT_FAMILIES:
            account, _, window = label.partition(" ")
            yield (kind, (self._accounts[int(account)], self._windows.get(window, window))), amount * times
        else:
            yield (kind, (tool_label(label) if kind == "tool_calls" else label,)), times


def events(connection: sqlite3.Connection, start: int) -> Iterator[Event]:
    """Iterate over the events at or after `start` (ms), in order."""
    cursors = (
        connection.execute(f"SELECT at, '{kind}', label, amount FROM ({query}) WHERE at >= ? ORDER BY at", (start,))
        for kind, query in _EVENTS.items()
    )
    return merge(*cursors, key=itemgetter(0))


def sums_until(connection: sqlite3.Connection, labels: Labels, moment: int) -> dict[LabelSet, int]:
    """The totals of everything until and including `moment` (ms)."""
    return sums_between(connection, labels, -END_OF_TIME, moment)


def sums_between(connection: sqlite3.Connection, labels: Labels, after: int, until: int) -> dict[LabelSet, int]:
    """The totals of everything after a time, until and including another (ms)."""
    found: Counter[LabelSet] = Counter(
        sum_contributions(part.usage for part in parts_between(connection, labels, after + 1, until + 1))
    )
    label_of = EventLabels(connection)
    for kind, query in _EVENTS.items():
        grouped = f"SELECT label, amount, count(*) FROM ({query}) WHERE at > ? AND at <= ? GROUP BY label, amount"
        for label, amount, times in connection.execute(grouped, (after, until)):
            for label_set, value in label_of.contributions(kind, label, amount, times):
                found[label_set] += value
    return dict(found)


def first_at(connection: sqlite3.Connection) -> int | None:
    """The time (ms) of the first response or event at a possible time; None if there is none.

    Older versions stored entries with any time: those count from the start of the history on.
    """
    queries = ["SELECT min(at) AS at FROM tracker_responses WHERE counted AND at >= ?1"]
    queries += [f"SELECT min(at) AS at FROM ({query}) WHERE at >= ?1" for query in _EVENTS.values()]
    (found,) = connection.execute(f"SELECT min(at) FROM ({' UNION ALL '.join(queries)})", (EARLIEST,)).fetchone()
    return None if found is None else int(found)
