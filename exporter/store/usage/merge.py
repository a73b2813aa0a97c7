"""Merges a batch into the stored rows. The result does not depend on the order, and repeating a merge changes nothing.

Only rows are written here; `incremental` and `recompute` update derived data.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from exporter.domain.transcripts.batch import RARE_COLUMNS, RESPONSE_COLUMNS, Batch, SessionBatch
from exporter.store.usage import conversations

_KEY = ("message_id", "request_id", "sidechain", "conversation")
_TIMES = ("first_at", "at", "born_at")
_RANK = "(stop_reason IS NOT NULL, total, line_at, uuid, coalesce(reported_cost, -1))"
_EXCLUDED_RANK = (
    "(excluded.stop_reason IS NOT NULL, excluded.total, excluded.line_at, excluded.uuid,"
    " coalesce(excluded.reported_cost, -1))"
)


def _add_response(columns: Sequence[str]) -> str:
    """The parameters are a row of `columns`, the conversation, and the file's creation time."""
    places = {column: f"?{number}" for number, column in enumerate((*columns, "conversation", "born_at"), start=1)}
    places |= {"counted": "1", "at": places["first_at"], "owner": places["conversation"]}
    return f"INSERT INTO tracker_responses ({', '.join(places)}) VALUES ({', '.join(places.values())})"


def _merge_response(columns: Sequence[str], wins: str) -> str:
    """One line wins completely; the earliest time and the oldest file of all lines are stored."""
    best = [column for column in RARE_COLUMNS if column not in _KEY and column not in _TIMES]
    return f"""
{_add_response(columns)}
ON CONFLICT (message_id, request_id, conversation, sidechain) DO UPDATE SET
    {", ".join(f"{c} = iif({_EXCLUDED_RANK} {wins} {_RANK}, excluded.{c}, {c})" for c in best)},
    {", ".join(f"{c} = min({c}, excluded.{c})" for c in _TIMES)}
WHERE {_EXCLUDED_RANK} {wins} {_RANK} OR excluded.first_at < first_at OR excluded.born_at < born_at
"""


ADD_RESPONSE = _add_response(RESPONSE_COLUMNS)
MERGE_RESPONSE = _merge_response(RESPONSE_COLUMNS, ">")
MERGE_RARE_RESPONSE = _merge_response(RARE_COLUMNS, ">")
# The same line read again replaces itself: its interpretation may have changed.
MERGE_RESPONSE_AGAIN = _merge_response(RESPONSE_COLUMNS, ">=")
MERGE_RARE_RESPONSE_AGAIN = _merge_response(RARE_COLUMNS, ">=")

MERGE_LINE = (
    "INSERT OR IGNORE INTO tracker_unrequested_lines (message_id, uuid, sidechain, conversation) VALUES (?, ?, ?, ?)"
)

# A copy in another file may have another time and session: use the earliest time, the oldest file's session.
_MERGE_EVENT = """
ON CONFLICT DO UPDATE SET
    at = min(at, excluded.at),
    conversation = iif(excluded.born_at < born_at, excluded.conversation, conversation),
    born_at = min(born_at, excluded.born_at)
WHERE excluded.at < at OR excluded.born_at < born_at
"""
ADD_PROMPT = "INSERT INTO tracker_prompts (uuid, at, conversation, born_at) VALUES (?, ?, ?, ?)"
MERGE_PROMPT = ADD_PROMPT + _MERGE_EVENT
ADD_TOOL_CALL = "INSERT INTO tracker_tool_calls (id, at, tool, conversation, born_at) VALUES (?, ?, ?, ?, ?)"
MERGE_TOOL_CALL = ADD_TOOL_CALL + _MERGE_EVENT
MERGE_STOP = "INSERT INTO tracker_stops (uuid, at, conversation, born_at) VALUES (?, ?, ?, ?)" + _MERGE_EVENT
MERGE_API_ERROR = (
    "INSERT INTO tracker_api_errors (uuid, at, kind, text, conversation, born_at) VALUES (?, ?, ?, ?, ?, ?)"
    + _MERGE_EVENT
)


def put(connection: sqlite3.Connection, batch: Batch, born_at: int, *, replace: bool = False) -> set[int]:
    """Merge a batch read from a file created at `born_at` (ms). Returns the row ids of its conversations.

    `replace`: an equal line replaces the stored one.
    """
    return {put_session(connection, session_batch, born_at, replace=replace) for session_batch in batch.sessions}


def put_session(
    connection: sqlite3.Connection, session_batch: SessionBatch, born_at: int, *, replace: bool = False
) -> int:
    """The same for one session of a batch; returns its row id."""
    conversation = conversations.merge(connection, session_batch.session_id, session_batch.conversation)
    origin = (conversation, born_at)
    for statement, rows in (
        (MERGE_RESPONSE_AGAIN if replace else MERGE_RESPONSE, session_batch.responses),
        (MERGE_RARE_RESPONSE_AGAIN if replace else MERGE_RARE_RESPONSE, session_batch.rare_responses),
        (MERGE_PROMPT, session_batch.prompts),
        (MERGE_TOOL_CALL, session_batch.tool_calls),
        (MERGE_API_ERROR, [row[:4] for row in session_batch.api_errors]),  # limit records are not stored
        (MERGE_STOP, session_batch.stops),
    ):
        if rows:
            connection.executemany(statement, [(*row, *origin) for row in rows])
    if session_batch.unrequested:
        connection.executemany(MERGE_LINE, [(*row, conversation) for row in session_batch.unrequested])
    return conversation
