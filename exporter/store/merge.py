"""Merges a batch into the rows kept of earlier ones. Merging the same twice, or in another order, changes nothing.

Only rows are written here; what follows from them is `derive`'s.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import msgspec

from exporter.domain.batch import Batch, BestLine
from exporter.domain.usage import Advisor
from exporter.store import conversations

Price = Callable[[BestLine], tuple[int | None, tuple[Advisor, ...]]]
"""A line's cost in nano-dollars, None where unpriced, and its advisors with theirs."""

_KEY = ("message_id", "request_id", "conversation", "sidechain")
_BEST = (
    "rank", "model", "stop_reason", "input", "output", "cache_read", "cache_write_5m", "cache_write_1h",
    "speed", "web_searches", "reported_cost", "advisors", "cost",
)  # fmt: skip
_REST = ("first_at", "born_at", "counted", "at", "owner")
_COLUMNS = (*_KEY, *_BEST, *_REST)


def _merge_response(wins: str) -> str:
    """One line wins as a whole; the earliest time and the oldest file are kept of all."""
    return f"""
INSERT INTO tracker_responses ({", ".join(_COLUMNS)}) VALUES ({", ".join("?" * len(_COLUMNS))})
ON CONFLICT (message_id, request_id, conversation, sidechain) DO UPDATE SET
    {", ".join(f"{c} = iif(excluded.rank {wins} rank, excluded.{c}, {c})" for c in _BEST)},
    first_at = min(first_at, excluded.first_at),
    at = min(at, excluded.at),
    born_at = min(born_at, excluded.born_at)
WHERE excluded.rank {wins} rank OR excluded.first_at < first_at OR excluded.born_at < born_at
"""


MERGE_RESPONSE = _merge_response(wins=">")
MERGE_RESPONSE_AGAIN = _merge_response(wins=">=")
"""The same line read again replaces itself: what is made of it may have changed since."""

MERGE_LINE = "INSERT OR IGNORE INTO tracker_unrequested_lines VALUES (?, ?, ?, ?)"

# A copy in another file may bear another time and session: the earliest time, the oldest file's session.
_MERGE_EVENT = """
ON CONFLICT DO UPDATE SET
    at = min(at, excluded.at),
    conversation = iif(excluded.born_at < born_at, excluded.conversation, conversation),
    born_at = min(born_at, excluded.born_at)
WHERE excluded.at < at OR excluded.born_at < born_at
"""
MERGE_PROMPT = "INSERT INTO tracker_prompts (uuid, at, conversation, born_at) VALUES (?, ?, ?, ?)" + _MERGE_EVENT
MERGE_TOOL_CALL = (
    "INSERT INTO tracker_tool_calls (id, at, conversation, born_at, tool) VALUES (?, ?, ?, ?, ?)" + _MERGE_EVENT
)
MERGE_API_ERROR = (
    "INSERT INTO tracker_api_errors (uuid, at, conversation, born_at, kind, text) VALUES (?, ?, ?, ?, ?, ?)"
    + _MERGE_EVENT
)


def put(
    connection: sqlite3.Connection, batch: Batch, born_at: int, price: Price, *, again: bool = False
) -> dict[str, int]:
    """Merge a batch read from a file born at `born_at` (ms). The row ids of the session ids it names.

    `again`: what an equal line was made into before is replaced.
    """
    statement = MERGE_RESPONSE_AGAIN if again else MERGE_RESPONSE
    told = batch.conversations()
    ids = conversations.ids_of(connection, _sessions(batch) | {c.session_id for c in told})
    for conversation in told:
        known = conversations.load(connection, conversation.session_id)
        if known is None or known.merged(conversation) != known:
            conversations.save(connection, known.merged(conversation) if known else conversation)
    connection.executemany(statement, (_row(best, ids, born_at, price) for best in batch.responses.values()))
    connection.executemany(MERGE_LINE, ((m, uuid, ids[s], side) for m, uuid, s, side in batch.unrequested))
    connection.executemany(MERGE_PROMPT, ((p.uuid, p.at, ids[p.session_id], born_at) for p in batch.prompts.values()))
    connection.executemany(
        MERGE_TOOL_CALL, ((t.id, t.at, ids[t.session_id], born_at, t.tool) for t in batch.tool_calls.values())
    )
    connection.executemany(
        MERGE_API_ERROR,
        ((e.uuid, e.at, ids[e.session_id], born_at, e.kind, e.text) for e in batch.api_errors.values()),
    )
    return ids


def _sessions(batch: Batch) -> set[str]:
    """Every session id that a record of the batch refers to."""
    found = {key[2] for key in batch.responses}
    found.update(prompt.session_id for prompt in batch.prompts.values())
    found.update(call.session_id for call in batch.tool_calls.values())
    found.update(error.session_id for error in batch.api_errors.values())
    return found


def _row(best: BestLine, ids: dict[str, int], born_at: int, price: Price) -> tuple[object, ...]:
    line, conversation = best.line, ids[best.line.session_id]
    cost, advisors = price(best)
    return (
        line.message_id, line.request_id, conversation, line.sidechain,
        best.rank, line.model, line.stop_reason, *msgspec.structs.astuple(line.tokens),
        line.speed, line.web_searches, line.reported_cost, encode_advisors(advisors), cost,
        best.first_at, born_at, True, best.first_at, conversation,
    )  # fmt: skip


def encode_advisors(advisors: tuple[Advisor, ...]) -> str | None:
    return msgspec.json.encode(advisors).decode() if advisors else None


decode_advisors = msgspec.json.Decoder(tuple[Advisor, ...]).decode
