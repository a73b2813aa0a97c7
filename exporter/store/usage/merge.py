"""Merges a batch into the rows kept of earlier ones. Merging the same twice, or in another order, changes nothing.

Only rows are written here; what follows from them is `derive`'s.
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
    """The parameters are a row of `columns`, the conversation, and the file's birth."""
    places = {column: f"?{number}" for number, column in enumerate((*columns, "conversation", "born_at"), start=1)}
    places |= {"counted": "1", "at": places["first_at"], "owner": places["conversation"]}
    return f"INSERT INTO tracker_responses ({', '.join(places)}) VALUES ({', '.join(places.values())})"


def _merge_response(columns: Sequence[str], wins: str) -> str:
    """One line wins as a whole; the earliest time and the oldest file are kept of all."""
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
# The same line read again replaces itself: what is made of it may have changed since.
MERGE_RESPONSE_AGAIN = _merge_response(RESPONSE_COLUMNS, ">=")
MERGE_RARE_RESPONSE_AGAIN = _merge_response(RARE_COLUMNS, ">=")

MERGE_LINE = (
    "INSERT OR IGNORE INTO tracker_unrequested_lines (message_id, uuid, sidechain, conversation) VALUES (?, ?, ?, ?)"
)

# A copy in another file may bear another time and session: the earliest time, the oldest file's session.
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


def put(connection: sqlite3.Connection, batch: Batch, born_at: int, *, again: bool = False) -> set[int]:
    """Merge a batch read from a file born at `born_at` (ms). The row ids of the conversations it tells of.

    `again`: what an equal line was made into before is replaced.
    """
    return {put_told(connection, told, born_at, again=again) for told in batch.sessions}


def put_told(connection: sqlite3.Connection, told: SessionBatch, born_at: int, *, again: bool = False) -> int:
    """The same for what a batch tells of one session; its row id."""
    conversation = conversations.merge(connection, told.session_id, told.conversation)
    origin = (conversation, born_at)
    for statement, rows in (
        (MERGE_RESPONSE_AGAIN if again else MERGE_RESPONSE, told.responses),
        (MERGE_RARE_RESPONSE_AGAIN if again else MERGE_RARE_RESPONSE, told.rare_responses),
        (MERGE_PROMPT, told.prompts),
        (MERGE_TOOL_CALL, told.tool_calls),
        (MERGE_API_ERROR, told.api_errors),
        (MERGE_STOP, told.stops),
    ):
        if rows:
            connection.executemany(statement, [(*row, *origin) for row in rows])
    if told.unrequested:
        connection.executemany(MERGE_LINE, [(*row, conversation) for row in told.unrequested])
    return conversation
