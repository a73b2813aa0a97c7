"""The lines of a transcript, as Claude Code writes them."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from exporter.demo.world import CLIENT_VERSION, Model
from exporter.domain.calendar.timestamp import to_datetime, to_iso

Json = Any
Record = dict[str, Json]
encode = msgspec.json.Encoder().encode

LIMIT_NAMES = {"five_hour": "session", "seven_day": "weekly"}


class Tokens(NamedTuple):
    """Of one response."""

    input: int
    output: int
    cache_read: int
    cache_write: int

    def cost(self, model: Model) -> float:
        """In dollars, as this service counts."""
        prompt = self.input + 0.1 * self.cache_read + 1.25 * self.cache_write
        return (prompt * model.input + self.output * model.output) / 1e6

    def usage(self) -> Record:
        return {
            "input_tokens": self.input,
            "cache_creation_input_tokens": self.cache_write,
            "cache_read_input_tokens": self.cache_read,
            "output_tokens": self.output,
            "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
            "service_tier": "standard",
            "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": self.cache_write},
            "iterations": [],
            "speed": "standard",
        }


class Author:
    """Writes the lines of one conversation or subagent: each names the one before. `dice` gives the ids."""

    def __init__(self, dice: Random, envelope: Record) -> None:
        self._dice = dice
        self._envelope = envelope
        self._parent: str | None = None

    def line(self, kind: str, at: int, **more: Json) -> Record:
        """Any line; `more` goes into it."""
        uuid = new_id(self._dice)
        record = {
            "parentUuid": self._parent, "isSidechain": False, **more, "type": kind, "uuid": uuid,
            "timestamp": to_iso(at), "userType": "external", "version": CLIENT_VERSION, **self._envelope,
        }  # fmt: skip
        self._parent = uuid
        return record

    def prompt(self, at: int, text: str) -> Record:
        return self.line(
            "user", at, message={"role": "user", "content": text}, origin={"kind": "human"}, promptSource="typed"
        )

    def interruption(self, at: int) -> Record:
        content = [{"type": "text", "text": "[Request interrupted by user]"}]
        return self.line("user", at, message={"role": "user", "content": content})

    def result(self, at: int, call: str, *, failed: bool = False) -> Record:
        part = {"tool_use_id": call, "type": "tool_result", "content": "done", "is_error": failed}
        return self.line("user", at, message={"role": "user", "content": [part]})

    def block(self, at: int, response: Response, content: Record, *, is_last: bool) -> Record:
        """One content block of a response; the last one has how the response ended."""
        message: Record = {
            "id": response.message_id, "type": "message", "role": "assistant", "model": response.model,
            "content": [content], "stop_reason": response.stop if is_last else None, "stop_sequence": None,
            "usage": (response.tokens if is_last else response.tokens._replace(output=1)).usage(),
        }  # fmt: skip
        if is_last:
            message["stop_details"] = None
        request = {} if response.request_id is None else {"requestId": response.request_id}
        return self.line("assistant", at, message=message, **request, **response.marks)

    def synthetic(self, at: int, text: str, **more: Json) -> Record:
        """A text of the client's own about a request that failed."""
        message = {
            "id": new_id(self._dice), "model": "<synthetic>", "role": "assistant", "type": "message",
            "stop_reason": "stop_sequence", "stop_details": None, "usage": Tokens(0, 0, 0, 0).usage(),
            "content": [{"type": "text", "text": text}],
        }  # fmt: skip
        return self.line("assistant", at, message=message, isApiErrorMessage=True, **more)

    def refusal(self, at: int, window: str, reset: int) -> Record:
        """The line that says that a limit was reached."""
        until = to_datetime(reset).strftime("%b %d, %I:%M%p")
        text = f"You've hit your {LIMIT_NAMES[window]} limit · resets {until[:-2]}{until[-2:].lower()} (UTC)"
        quota = {"status": "rejected", "resetsAt": reset // 1_000, "rateLimitType": window, "isUsingOverage": False}
        return self.synthetic(at, text, error="rate_limit", apiErrorStatus=429, quotaLimits=quota)

    def compaction(self, at: int, before: int, after: int) -> list[Record]:
        metadata = {"trigger": "auto", "preTokens": before, "postTokens": after}
        boundary = self.line("system", at, subtype="compact_boundary", compactMetadata=metadata, level="info")
        summary = {"role": "user", "content": "This session is being continued from a previous conversation."}
        return [boundary, self.line("user", at, message=summary, isCompactSummary=True)]


class Response(NamedTuple):
    """What is equal in all lines of a response. `marks`: on behalf of what it was asked for."""

    message_id: str
    request_id: str | None
    model: str
    tokens: Tokens
    stop: str
    marks: Record


def new_id(dice: Random) -> str:
    return str(UUID(int=dice.getrandbits(128), version=4))


def token_id(dice: Random, prefix: str) -> str:
    """`msg_…`, `req_…`, `toolu_…`."""
    return f"{prefix}_01{dice.getrandbits(100):025x}"


def line_of(record: Record) -> bytes:
    return encode(record) + b"\n"
