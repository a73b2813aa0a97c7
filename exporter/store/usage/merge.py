"""Merges a batch into the stored rows. The result does not depend on the order, and repeating a merge changes nothing.

Only rows are written here; `incremental` and `recompute` update derived data.
"""

from __future__ import annotations

import sqlite3
from bisect import insort
from collections.abc import Sequence
from typing import NamedTuple

from exporter.domain.accounts import UNKNOWN_ACCOUNT
from exporter.domain.blocks.block import START_OF_TIME
from exporter.domain.transcripts.batch import RARE_COLUMNS, RESPONSE_COLUMNS, Batch, Row, SessionBatch
from exporter.domain.usage.activity import NO_FACTS
from exporter.store.accounts import Accounts, Span, Spans, account_at
from exporter.store.usage import client_totals, conversations
from exporter.store.usage.marks import mark_ids

_KEY = ("message_id", "request_id", "sidechain", "line", "conversation")
_TIMES = ("first_at", "at", "born_at")
_ACCOUNTS = ("own_account", "account")
MESSAGE_ID, LINE, MARK = (RESPONSE_COLUMNS.index(column) for column in ("message_id", "line", "mark"))
_FIRST_AT = RESPONSE_COLUMNS.index("first_at")
_RANK = "(stop_reason IS NOT NULL, total, line_at, uuid, coalesce(reported_cost, -1))"
_EXCLUDED_RANK = (
    "(excluded.stop_reason IS NOT NULL, excluded.total, excluded.line_at, excluded.uuid,"
    " coalesce(excluded.reported_cost, -1))"
)


# Of equal lines the marked one: a copy in a progress record has no marks.
_MARK = f"""CASE WHEN {_EXCLUDED_RANK} < {_RANK} OR ({_EXCLUDED_RANK} = {_RANK} AND mark > excluded.mark) THEN mark
    ELSE excluded.mark END"""


def _add_response(columns: Sequence[str]) -> str:
    """The parameters are a row of `columns`, the conversation, the file's creation time, and the account."""
    given = (*columns, "conversation", "born_at", "own_account")
    places = {column: f"?{number}" for number, column in enumerate(given, start=1)}
    places |= {"counted": "1", "at": places["first_at"], "owner": places["conversation"]}
    places["incomplete"] = f"{places['stop_reason']} IS NULL"
    places["account"] = places["own_account"]
    return f"INSERT INTO tracker_responses ({', '.join(places)}) VALUES ({', '.join(places.values())})"


def _merge_response(columns: Sequence[str], *, again: bool) -> str:
    """One line wins completely; the earliest time and the oldest file of all lines are stored."""
    return f"{_add_response(columns)}\n{on_known_response(again=again)}"


def on_known_response(*, again: bool = False) -> str:
    """The end of an INSERT, for a response that is stored already.

    `again`: the same line replaces itself, since its interpretation may have changed; one without a request id has its
    own time then, since earlier versions merged such lines.
    """
    wins = ">=" if again else ">"
    apart = (*_KEY, *_TIMES, "mark")
    best = [column for column in (*RARE_COLUMNS, "incomplete") if column not in apart]
    times = {column: f"min({column}, excluded.{column})" for column in _TIMES}
    if again:
        times["first_at"] = f"iif(line <> '', excluded.first_at, {times['first_at']})"
    return f"""
ON CONFLICT (message_id, request_id, conversation, sidechain, line) DO UPDATE SET
    {", ".join(f"{c} = iif({_EXCLUDED_RANK} {wins} {_RANK}, excluded.{c}, {c})" for c in best)},
    mark = {_MARK},
    {", ".join(f"{column} = {value}" for column, value in times.items())},
    {", ".join(f"{c} = iif(excluded.first_at < first_at, excluded.own_account, {c})" for c in _ACCOUNTS)}
WHERE {_EXCLUDED_RANK} {wins} {_RANK} OR excluded.first_at < first_at OR excluded.born_at < born_at
    OR ({_EXCLUDED_RANK} = {_RANK} AND excluded.mark > coalesce(mark, 0))
"""


ADD_RESPONSE = _add_response(RESPONSE_COLUMNS)
MERGE_RESPONSE = _merge_response(RESPONSE_COLUMNS, again=False)
MERGE_RARE_RESPONSE = _merge_response(RARE_COLUMNS, again=False)
MERGE_RESPONSE_AGAIN = _merge_response(RESPONSE_COLUMNS, again=True)
MERGE_RARE_RESPONSE_AGAIN = _merge_response(RARE_COLUMNS, again=True)

MERGE_DETAILED = "INSERT OR IGNORE INTO tracker_detailed_ends (conversation, version) VALUES (?, ?)"
WITHDRAW_PROMPT = "DELETE FROM tracker_prompts WHERE uuid = ?"

# A copy in another file may have another time and session: use the earliest time, the oldest file's session.
ON_KNOWN_EVENT = """
ON CONFLICT DO UPDATE SET
    at = min(at, excluded.at),
    conversation = iif(excluded.born_at < born_at, excluded.conversation, conversation),
    born_at = min(born_at, excluded.born_at)
WHERE excluded.at < at OR excluded.born_at < born_at
"""
ADD_PROMPT = "INSERT INTO tracker_prompts (uuid, at, conversation, born_at) VALUES (?, ?, ?, ?)"
MERGE_PROMPT = ADD_PROMPT + ON_KNOWN_EVENT
ADD_TOOL_CALL = "INSERT INTO tracker_tool_calls (id, at, tool, conversation, born_at) VALUES (?, ?, ?, ?, ?)"
MERGE_TOOL_CALL = ADD_TOOL_CALL + ON_KNOWN_EVENT
MERGE_STOP = "INSERT INTO tracker_stops (uuid, at, conversation, born_at) VALUES (?, ?, ?, ?)" + ON_KNOWN_EVENT
MERGE_API_ERROR = (
    "INSERT INTO tracker_api_errors (uuid, at, kind, text, conversation, born_at) VALUES (?, ?, ?, ?, ?, ?)"
    + ON_KNOWN_EVENT
)


class Source(NamedTuple):
    """The file that a batch was read from. `born_at`: its creation (ms); `spans`: whose its folder was, and when."""

    born_at: int
    spans: Spans = ()


def put(
    connection: sqlite3.Connection, accounts: Accounts, batch: Batch, source: Source, *, replace: bool = False
) -> set[int]:
    """Merge a batch read from a file. Returns the row ids of its conversations.

    `replace`: an equal line replaces the stored one.
    """
    return {put_session(connection, accounts, one, source, replace=replace) for one in batch.sessions}


def put_session(
    connection: sqlite3.Connection,
    accounts: Accounts,
    session_batch: SessionBatch,
    source: Source,
    *,
    replace: bool = False,
) -> int:
    """The same for one session of a batch; returns its row id."""
    conversation = conversations.merge(connection, session_batch.session_id, session_batch.conversation)
    spans = spans_of(connection, accounts, session_batch, conversation, source)
    origin = (conversation, source.born_at)
    for statement, rows in (
        (MERGE_RESPONSE_AGAIN if replace else MERGE_RESPONSE, session_batch.responses),
        (MERGE_RARE_RESPONSE_AGAIN if replace else MERGE_RARE_RESPONSE, session_batch.rare_responses),
    ):
        if rows:
            connection.executemany(statement, parameters(connection, rows, origin, spans))
    for statement, rows in (
        (MERGE_PROMPT, session_batch.prompts),
        (MERGE_TOOL_CALL, session_batch.tool_calls),
        (MERGE_API_ERROR, [row[:4] for row in session_batch.api_errors]),  # limit records are not stored
        (MERGE_STOP, session_batch.stops),
    ):
        if rows:
            connection.executemany(statement, [(*row, *origin) for row in rows])
    put_traits(connection, session_batch, conversation)
    if replace and session_batch.withdrawn:
        connection.executemany(WITHDRAW_PROMPT, [(uuid,) for uuid in session_batch.withdrawn])
    return conversation


def put_traits(connection: sqlite3.Connection, batch: SessionBatch, conversation: int) -> None:
    """Save a session's facts, its client's total, and which client versions wrote details with an end in it."""
    if batch.facts != NO_FACTS:
        conversations.save_facts(connection, conversation, batch.facts)
    if batch.client_total is not None:
        client_totals.save(connection, conversation, batch.client_total)
    if batch.detailed:
        connection.executemany(MERGE_DETAILED, [(conversation, version) for version in batch.detailed])


def spans_of(
    connection: sqlite3.Connection, accounts: Accounts, batch: SessionBatch, conversation: int, source: Source
) -> Spans:
    """Whose the responses of a session are: the session's own at their time, if it says so, else its folder's.

    The first account that a session names has it from the beginning, a later one from then on: no login moves the past.
    """
    spans = conversations.account_spans(connection, conversation)
    before = list(spans)
    for after, owner in batch.owners:
        account = accounts.of_owner(owner)
        since = _since(connection, batch, after) if spans else START_OF_TIME
        if account_at(spans, since) != account:
            insort(spans, Span(since, account), key=lambda span: span.since)
    if spans != before:
        conversations.save_account_spans(connection, conversation, spans)
    return spans or source.spans


def _since(connection: sqlite3.Connection, batch: SessionBatch, after: int | None) -> int:
    """When a later account of the session begins: after its latest line before, which may be in an earlier batch."""
    if after is not None:
        return after + 1
    if batch.conversation is not None:
        return batch.conversation.first_at
    _, known = conversations.load(connection, batch.session_id)
    return known.last_at + 1 if known is not None else START_OF_TIME


def parameters(connection: sqlite3.Connection, rows: Sequence[Row], origin: tuple[int, int], spans: Spans) -> list[Row]:
    """Rows of responses with the ids of their marks, and the parameters that follow their columns."""
    ids = mark_ids(connection, {row[MARK] for row in rows})
    if spans and (len(spans) > 1 or spans[0].since != START_OF_TIME):
        return [
            (*row[:MARK], ids[row[MARK]], *row[MARK + 1 :], *origin, account_at(spans, row[_FIRST_AT])) for row in rows
        ]
    origin_and_account = (*origin, spans[0].account if spans else UNKNOWN_ACCOUNT)
    return [(*row[:MARK], ids[row[MARK]], *row[MARK + 1 :], *origin_and_account) for row in rows]
