"""The client's own total of each session, and what it has more than the session's entries."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping

import msgspec

from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.usage.client_total import (
    ClientTotal,
    Counts,
    Response,
    Session,
    SessionTotal,
    Unwritten,
    Use,
    add_up,
    compare_related,
)
from exporter.domain.usage.counting import decode_extras
from exporter.store.database import json_values
from exporter.store.usage.labels import Labels

QUIET_MS = HOUR
"""A session whose end is not known is compared after so long without an entry."""
_COUNTED = "sessions_with_total"

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
    """Whether any session that is over was not compared yet, or the sessions were counted long ago. `now`: ms."""
    counted_at = _counted(connection)[2]
    if counted_at is None or now >= counted_at + QUIET_MS:
        return True
    return connection.execute(f"{_DUE} LIMIT 1", (now - QUIET_MS,)).fetchone() is not None


def compare(connection: sqlite3.Connection, now: int) -> None:
    """Compare the sessions that are over, in the caller's transaction. `now`: ms."""
    starts = sorted({row[0] for row in connection.execute(_DUE, (now - QUIET_MS,))})
    labels = Labels(connection, read_only=True)
    for start in starts:
        rows = connection.execute(_WITH_START, (now - QUIET_MS, start)).fetchall()
        found = compare_related([_session(connection, labels, *row) for _, *row in rows])
        _save(connection, {conversation: found[conversation] for is_over, _, conversation, _ in rows if is_over})
    json_values.put(connection, _COUNTED, (*_count(connection, now), now))


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
    total = add_up({labels.model(name): use} for name, use in decode_models(models).items())
    return Session(conversation, total, tuple(responses))


def _save(connection: sqlite3.Connection, found: Mapping[int, Mapping[str, Use]]) -> None:
    for conversation, uses in found.items():
        connection.execute("UPDATE tracker_cost_states SET compared = 1 WHERE conversation = ?", (conversation,))
        connection.execute("DELETE FROM tracker_unwritten WHERE conversation = ?", (conversation,))
        connection.executemany(
            "INSERT INTO tracker_unwritten VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(conversation, model, *use.tokens, use.cost or 0) for model, use in uses.items()],
        )


def _count(connection: sqlite3.Connection, now: int) -> tuple[int, int]:
    """How many sessions that are over have a total, and how many there are."""
    row = connection.execute(
        "SELECT count(nullif(t.compared, 0)), count(*) FROM tracker_conversations c"
        " LEFT JOIN tracker_cost_states t ON t.conversation = c.id"
        " WHERE (c.last_at <= ? OR t.compared)"
        " AND EXISTS (SELECT 1 FROM tracker_responses r WHERE r.counted AND r.owner = c.id)",
        (now - QUIET_MS,),
    ).fetchone()
    return row[0], row[1]


def _counted(connection: sqlite3.Connection) -> tuple[int, int, int | None]:
    """The two counts, and when (ms) they were made."""
    return json_values.get(connection, _COUNTED, tuple[int, int, int | None]) or (0, 0, None)


def load(connection: sqlite3.Connection) -> Unwritten:
    """What is not written, of all sessions."""
    rows = connection.execute(
        "SELECT model, sum(input), sum(output), sum(cache_read), sum(cache_write), sum(cost)"
        " FROM tracker_unwritten GROUP BY model ORDER BY model"
    )
    with_total, sessions, _ = _counted(connection)
    return Unwritten({model: _stored_use(*row) for model, *row in rows}, with_total, sessions)


def of_session(connection: sqlite3.Connection, conversation: int) -> SessionTotal | None:
    """The total of a session; None if it has none, or is not compared yet."""
    query = "SELECT started_at, models, cost FROM tracker_cost_states WHERE conversation = ? AND compared"
    row = connection.execute(query, (conversation,)).fetchone()
    if row is None:
        return None
    start, models, reported = row
    session = _session(connection, Labels(connection, read_only=True), start, conversation, models)
    costs = [use.cost for response in session.responses for use in response.use.values()]
    held = sum(cost or 0 for cost in costs)
    query = (
        "SELECT model, input, output, cache_read, cache_write, cost FROM tracker_unwritten WHERE conversation = ?"
        " ORDER BY model"
    )
    rows = connection.execute(query, (conversation,))
    return SessionTotal(reported, held, None not in costs, {model: _stored_use(*one) for model, *one in rows})


def _stored_use(uncached: int, output: int, read: int, written: int, cost: int) -> Use:
    return Use((uncached, output, read, written), cost)


decode_models = msgspec.json.Decoder(dict[str, Use]).decode
