"""The client's own total of each session, and what it has more than the session's entries."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec

from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.usage.client_total import (
    ClientTotal,
    Counts,
    Response,
    Session,
    Use,
    add_up,
    compare_related,
)
from exporter.domain.usage.counting import decode_extras
from exporter.store.database import meta
from exporter.store.usage.labels import Labels

QUIET_MS = HOUR
"""A session whose end is not known is compared after so long without an entry."""
_KNOWN = "client_totals"

_SAVE = """
INSERT INTO tracker_cost_states (conversation, at, started_at, cost, models, compared) VALUES (?1, coalesce(?2, (
    SELECT last_at FROM tracker_conversations WHERE id = ?1), 0), ?3, ?4, ?5, 0)
ON CONFLICT DO UPDATE SET at = excluded.at, started_at = excluded.started_at, cost = excluded.cost,
    models = excluded.models, compared = 0 WHERE excluded.at >= at
"""
# Sessions that go on from each other have one start: what changes in one changes what the others lack.
_DISTURB = """
UPDATE tracker_cost_states SET compared = 0 WHERE started_at IN (
    SELECT started_at FROM tracker_cost_states WHERE conversation IN (SELECT value FROM json_each(?)))
"""
# Over: its process has ended, or it has been quiet for long.
_OVER = """
(coalesce(c.last_at, 0) <= ?1 OR EXISTS (
    SELECT 1 FROM tracker_runs r WHERE r.session_id = c.session_id AND r.pid IS NOT NULL AND r.ended_at >= c.last_at)
    AND NOT EXISTS (SELECT 1 FROM tracker_runs r WHERE r.session_id = c.session_id AND r.ended_at IS NULL))
"""
_DUE = f"""
SELECT t.started_at FROM tracker_cost_states t JOIN tracker_conversations c ON c.id = t.conversation
WHERE NOT t.compared AND {_OVER}
"""
_WITH_START = f"""
SELECT {_OVER}, t.started_at, t.conversation, t.models FROM tracker_cost_states t
JOIN tracker_conversations c ON c.id = t.conversation WHERE t.started_at = ?2 ORDER BY t.conversation
"""
# All that is in a session's file since its client started: its own, and what a fork copied, whichever copy counts.
_IN_FILE = """
SELECT w.owner, w.at, w.model, w.input, w.output, w.cache_read, w.cache_write_5m + w.cache_write_1h, w.cost, w.extras
FROM tracker_responses w WHERE w.counted AND w.at >= ?2 AND w.id IN (
    SELECT id FROM tracker_responses WHERE counted AND owner = ?1
    UNION SELECT id FROM tracker_responses WHERE counted AND owner <> conversation AND conversation = ?1
    UNION SELECT o.id FROM tracker_responses c JOIN tracker_responses o ON o.message_id = c.message_id AND o.counted
        AND o.request_id = c.request_id AND (c.request_id <> '' OR o.line = c.line)
    WHERE NOT c.counted AND c.conversation = ?1)
"""


class Compared(NamedTuple):
    """`with_total`: how many sessions that are over have a total; `sessions`: how many there are."""

    with_total: int = 0
    sessions: int = 0


def save(connection: sqlite3.Connection, conversation: int, total: ClientTotal) -> None:
    """Save the total of a session, if it is the last."""
    models = msgspec.json.encode(total.models).decode()
    connection.execute(_SAVE, (conversation, total.at, total.started_at, total.cost, models))


def disturb(connection: sqlite3.Connection, conversations: Collection[int]) -> None:
    """Compare these sessions again, and those that go on from each other with them."""
    connection.execute(_DISTURB, (msgspec.json.encode(sorted(conversations)).decode(),))


def disturb_all(connection: sqlite3.Connection) -> None:
    """Compare all sessions again."""
    connection.execute("UPDATE tracker_cost_states SET compared = 0")


def has_due(connection: sqlite3.Connection, now: int) -> bool:
    """Whether any session that is over was not compared yet. `now`: ms."""
    return connection.execute(f"{_DUE} LIMIT 1", (now - QUIET_MS,)).fetchone() is not None


def compare(connection: sqlite3.Connection, now: int) -> None:
    """Compare the sessions that are over, in the caller's transaction. `now`: ms."""
    starts = sorted({row[0] for row in connection.execute(_DUE, (now - QUIET_MS,))})
    labels = Labels(connection, read_only=True)
    for start in starts:
        rows = connection.execute(_WITH_START, (now - QUIET_MS, start)).fetchall()
        found = compare_related([_session(connection, labels, *row) for _, *row in rows])
        _save(connection, {conversation: found[conversation] for is_over, _, conversation, _ in rows if is_over})
    if starts:
        meta.put(connection, _KNOWN, msgspec.json.encode(_count(connection, now)).decode())


def _session(connection: sqlite3.Connection, labels: Labels, start: int, conversation: int, models: str) -> Session:
    responses = []
    for owner, at, model, *row in connection.execute(_IN_FILE, (conversation, start)):
        uncached, output, read, written, cost, extras = row
        uses = [{labels.model(model): Use((uncached, output, read, written), cost)}]
        for extra in decode_extras(extras) if extras else ():
            own = extra.tokens
            counts: Counts = (own.input, own.output, own.cache_read, own.cache_write_5m + own.cache_write_1h)
            uses.append({labels.model(extra.model): Use(counts, extra.cost)})
        responses.append(Response(owner, at, add_up(uses)))
    total = add_up({labels.model(name): use} for name, use in _decode(models).items())
    return Session(conversation, total, tuple(responses))


def _save(connection: sqlite3.Connection, found: Mapping[int, Mapping[str, Use]]) -> None:
    for conversation, uses in found.items():
        connection.execute("UPDATE tracker_cost_states SET compared = 1 WHERE conversation = ?", (conversation,))
        connection.execute("DELETE FROM tracker_unwritten WHERE conversation = ?", (conversation,))
        connection.executemany(
            "INSERT INTO tracker_unwritten VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(conversation, model, *use.tokens, use.cost or 0) for model, use in uses.items()],
        )


def _count(connection: sqlite3.Connection, now: int) -> Compared:
    """Of the sessions with responses."""
    return Compared(
        *connection.execute(
            "SELECT count(nullif(t.compared, 0)), count(*) FROM tracker_conversations c"
            " LEFT JOIN tracker_cost_states t ON t.conversation = c.id"
            " WHERE (c.last_at <= ? OR t.compared)"
            " AND EXISTS (SELECT 1 FROM tracker_responses r WHERE r.counted AND r.owner = c.id)",
            (now - QUIET_MS,),
        ).fetchone()
    )


def compared(connection: sqlite3.Connection) -> Compared:
    """How many sessions were compared, when the last was."""
    text = meta.get(connection, _KNOWN)
    return Compared(*msgspec.json.decode(text)) if text is not None else Compared()


def sums(connection: sqlite3.Connection) -> dict[str, Use]:
    """What is not written, of all sessions, by model label."""
    rows = connection.execute(
        "SELECT model, sum(input), sum(output), sum(cache_read), sum(cache_write), sum(cost)"
        " FROM tracker_unwritten GROUP BY model ORDER BY model"
    )
    return {model: Use((row[0], row[1], row[2], row[3]), row[4]) for model, *row in rows}


def of_session(connection: sqlite3.Connection, session_id: str) -> dict[str, Use] | None:
    """What is not written of a session, by model label; None if it has no total, or is not compared yet."""
    row = connection.execute(
        "SELECT t.conversation FROM tracker_cost_states t JOIN tracker_conversations c ON c.id = t.conversation"
        " WHERE c.session_id = ? AND t.compared",
        (session_id,),
    ).fetchone()
    if row is None:
        return None
    query = (
        "SELECT model, input, output, cache_read, cache_write, cost FROM tracker_unwritten WHERE conversation = ?"
        " ORDER BY model"
    )
    return {model: Use((one[0], one[1], one[2], one[3]), one[4]) for model, *one in connection.execute(query, row)}


_decode = msgspec.json.Decoder(dict[str, Use]).decode
