"""The data of a batch of lines, merged as far as the lines alone allow, in rows ready for the store.

Rows are plain tuples, because there are hundreds of thousands of them: they are built once, passed between
processes and bound to a statement without being changed again. Times are ms, costs nano-dollars.
"""

from __future__ import annotations

from typing import Any

import msgspec

from exporter.domain.accounts import Owner
from exporter.domain.limits.quota import QuotaLimits
from exporter.domain.usage.activity import NO_FACTS, Conversation, SessionFacts
from exporter.domain.usage.client_total import ClientTotal

RESPONSE_COLUMNS = (
    "message_id", "request_id", "sidechain", "line", "total", "line_at", "uuid", "model", "stop_reason", "doubt",
    "input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "cost", "first_at", "mark",
)  # fmt: skip
"""A row of `responses`: the best line of a response in one session and chain, and its earliest time. `line`: the uuid
of a line without a request id, else ''. `doubt`: the client's version (and another provider's name) where it wrote an
end without details. `mark`: what it ran under, as `encode_marks` gives it."""
RARE_COLUMNS = (*RESPONSE_COLUMNS, "speed", "web_searches", "reported_cost", "extras", "requests", "geo", "provider")
"""A row of `rare_responses`: a response with any of the last columns."""

Row = tuple[Any, ...]
"""Texts, integers and None, in the order of the columns documented with each list."""


class SessionBatch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The data of one session in the batch. Each response and event occurs once.

    `conversation`: None if no line had a time.
    """

    session_id: str
    conversation: Conversation | None
    responses: list[Row]
    rare_responses: list[Row]
    detailed: list[str]
    """The client versions (and another provider's name) that wrote details with an end"""
    prompts: list[Row]
    """(uuid, at)"""
    tool_calls: list[Row]
    """(id, at, tool as written)"""
    api_errors: list[Row]
    """(uuid, at, kind, text, limit record): see `quota_of`"""
    stops: list[Row]
    """(uuid, at) of the user's interruptions, and of tool calls the user rejected"""
    withdrawn: list[str] = []
    """The uuids of user lines that are no prompts: what an earlier version counted of them is taken back"""
    facts: SessionFacts = NO_FACTS
    owners: list[tuple[int | None, Owner]] = []
    """Whose the session is, if its lines say so: each change, in the order of the lines, after the latest time (ms) of
    the session's lines before it; None if there was none yet"""
    client_total: ClientTotal | None = None
    """The last that the client wrote of the session"""

    def rows(self) -> int:
        """The number of rows in all lists."""
        events = (self.prompts, self.tool_calls, self.api_errors, self.stops)
        return sum(map(len, (self.responses, self.rare_responses, *events)))


def quota_of(api_error: Row) -> QuotaLimits | None:
    """The limit record in a row of `api_errors`: a sequence of its values. Rows stored by older versions have none."""
    return msgspec.convert(api_error[4], QuotaLimits | None) if len(api_error) > 4 else None


class Held(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The data of lines that are ahead of the clock. They count from `due_at` (ms) on."""

    due_at: int
    sessions: list[SessionBatch]


class Batch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`skipped`: how many lines could not be counted, by reason. `lines`: how many lines were read."""

    sessions: list[SessionBatch]
    skipped: dict[str, int]
    lines: int
    held: list[Held] = []
