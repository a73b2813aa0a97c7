"""Which stored responses a batch may change, so that only those are resolved again.

That are all with its message ids. A relay that gives every answer one message id would make that its whole history:
then only the lines of the sessions concerned.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator

import msgspec

from exporter.domain.transcripts.batch import SessionBatch
from exporter.store.usage.merge import LINE, MESSAGE_ID

MAX_WHOLE = 64
"""A message id with more lines without a request id is resolved by session."""


class Scope(msgspec.Struct, frozen=True):
    """`whole`: message ids. `partly`: the sessions (rows) of others, of which all lines have no request id."""

    whole: frozenset[str] = frozenset()
    partly: dict[str, frozenset[int]] = {}

    def conditions(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """SQL conditions on `tracker_responses`, with their parameters; each row meets at most one."""
        if self.whole:
            yield "message_id IN (SELECT value FROM json_each(?))", (encoded(self.whole),)
        for message_id, conversations in self.partly.items():
            yield (
                "message_id = ? AND request_id = '' AND conversation IN (SELECT value FROM json_each(?))",
                (message_id, encoded(conversations)),
            )

    def with_conversations(self, touched: Iterable[int]) -> Scope:
        """With these sessions too, which are new."""
        new = frozenset(touched)
        return Scope(self.whole, {message_id: known | new for message_id, known in self.partly.items()})


def encoded(values: Iterable[str | int]) -> str:
    """The parameter for `json_each`."""
    return msgspec.json.encode(sorted(values)).decode()


def scope_of(
    connection: sqlite3.Connection,
    batches: Collection[SessionBatch],
    conversations: Collection[int],
    moved: Collection[str],
    *,
    again: bool,
) -> Scope:
    """The scope of these batches, before they are merged.

    `conversations`: the rows of their sessions, where known. `moved`: other messages that change. `again`: they were
    read before, and prompts may be withdrawn.
    """
    requested: set[str] = set(moved)
    lines: dict[str, set[str]] = {}
    for batch in batches:
        for row in (*batch.responses, *batch.rare_responses):
            if row[LINE]:
                lines.setdefault(row[MESSAGE_ID], set()).add(row[LINE])
            else:
                requested.add(row[MESSAGE_ID])
    if any(batch.prompts or (again and batch.withdrawn) for batch in batches):
        for message_id in _unrequested_in(connection, conversations):
            lines.setdefault(message_id, set())
    partly = {
        message_id: _family(connection, message_id, uuids, conversations)
        for message_id, uuids in lines.items()
        if message_id not in requested and _is_large(connection, message_id)
    }
    return Scope(frozenset(requested | lines.keys() - partly.keys()), partly)


def _unrequested_in(connection: sqlite3.Connection, conversations: Collection[int]) -> list[str]:
    """The message ids without a request id in these sessions: a prompt between their lines parts them."""
    rows = connection.execute(
        "SELECT DISTINCT message_id FROM tracker_responses"
        " WHERE request_id = '' AND conversation IN (SELECT value FROM json_each(?))",
        (encoded(conversations),),
    )
    return [message_id for (message_id,) in rows]


def _is_large(connection: sqlite3.Connection, message_id: str) -> bool:
    (has_requests,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM tracker_responses WHERE message_id = ? AND request_id > '')", (message_id,)
    ).fetchone()
    (count,) = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM tracker_responses WHERE message_id = ? AND request_id = '' LIMIT ?)",
        (message_id, MAX_WHOLE + 1),
    ).fetchone()
    return not has_requests and count > MAX_WHOLE


_SHARED = """
SELECT DISTINCT other.conversation
FROM tracker_responses own INDEXED BY tracker_responses_unrequested
CROSS JOIN tracker_responses other INDEXED BY tracker_responses_by_line ON other.line = own.line AND other.line <> ''
WHERE own.request_id = '' AND own.conversation IN (SELECT value FROM json_each(?2)) AND own.message_id = ?1
  AND other.conversation <> own.conversation AND other.message_id = ?1
"""


def _family(
    connection: sqlite3.Connection, message_id: str, uuids: Collection[str], conversations: Collection[int]
) -> frozenset[int]:
    """The sessions, and those that share lines with them: forks."""
    rows = connection.execute(
        "SELECT DISTINCT conversation FROM tracker_responses INDEXED BY tracker_responses_by_line WHERE line <> ''"
        " AND line IN (SELECT value FROM json_each(?)) AND message_id = ?",
        (encoded(uuids), message_id),
    )
    found, new = set[int](), {*conversations, *(row[0] for row in rows)}
    while new:
        found |= new
        new = {row[0] for row in connection.execute(_SHARED, (message_id, encoded(new)))} - found
    return frozenset(found)
