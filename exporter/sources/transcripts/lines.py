"""The shape of a transcript line, decoded with types.

Only the keys that count are named; everything else is passed over unread. They stand in the order the client
writes them, in which the decoder finds them fastest. A line whose known keys have unexpected types is decoded
once more, key by key, in `lenient`.
"""

from __future__ import annotations

import msgspec

BAD_COUNT = -1
"""Stands for a token count that is no count (text, fraction, NaN); negative ones speak for themselves."""


class CacheCreation(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class ServerToolUse(msgspec.Struct, gc=False):
    web_search_requests: int | None = None


class Iteration(msgspec.Struct, gc=False):
    type: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_creation: CacheCreation | None = None


class Usage(msgspec.Struct, gc=False):
    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None
    server_tool_use: ServerToolUse | None = None
    cache_creation: CacheCreation | None = None
    iterations: list[Iteration] | None = None
    speed: str | None = None


class Content(msgspec.Struct, gc=False):
    type: str | None = None
    id: str | None = None
    name: str | None = None
    text: msgspec.Raw = msgspec.Raw(b"")
    """Left as JSON: only its first characters are ever looked at."""


class Message(msgspec.Struct, gc=False):
    model: str | None = None
    id: str | None = None
    content: str | list[Content] | None = None
    stop_reason: str | None = None
    usage: Usage | None = None


class Nested(msgspec.Struct, gc=False):
    """A subagent's record inside a `progress` line."""

    type: str | None = None
    uuid: str | None = None
    timestamp: str | None = None
    requestId: str | None = None
    message: Message | None = None


class Progress(msgspec.Struct, gc=False):
    type: str | None = None
    message: Nested | None = None


class Line(msgspec.Struct, gc=False):
    isSidechain: bool | None = None
    cwd: str | None = None
    sessionId: str | None = None
    version: str | None = None
    gitBranch: str | None = None
    message: Message | None = None
    requestId: str | None = None
    type: str | None = None
    uuid: str | None = None
    timestamp: str | None = None
    entrypoint: str | None = None
    isMeta: bool | None = None
    isCompactSummary: bool | None = None
    isApiErrorMessage: bool | None = None
    error: msgspec.Raw = msgspec.Raw(b"")
    apiErrorStatus: msgspec.Raw = msgspec.Raw(b"")
    costUSD: float | None = None
    data: Progress | None = None
    session_id: str | None = None


decode = msgspec.json.Decoder(Line).decode
"""bytes -> Line; raises msgspec.DecodeError (of which ValidationError is one), UnicodeDecodeError, RecursionError."""
