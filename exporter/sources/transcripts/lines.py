"""The typed structure of a transcript line.

Only the keys needed are declared; the decoder skips everything else. They are in the order in which the client
writes them, which is the fastest for the decoder. If a known key has an unexpected type, the line is decoded
again, key by key, in `lenient`.
"""

from __future__ import annotations

import msgspec

BAD_COUNT = -1
"""Replaces a token count that is not a count (text, fraction, NaN). Negative counts are kept as they are."""


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
    inference_geo: str | None = None
    iterations: list[Iteration] | None = None
    speed: str | None = None


class Content(msgspec.Struct, gc=False):
    type: str | None = None
    id: str | None = None
    name: str | None = None
    text: msgspec.Raw = msgspec.Raw(b"")
    """Left as JSON: only its first characters are ever used."""


class Message(msgspec.Struct, gc=False):
    model: str | None = None
    id: str | None = None
    content: str | list[Content] | None = None
    stop_reason: str | None = None
    usage: Usage | None = None
    stop_details: msgspec.Raw = msgspec.Raw(b"")
    """Empty without the key."""


class Origin(msgspec.Struct, gc=False):
    """Who sent a prompt."""

    kind: str | None = None


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
    attributionSkill: str | None = None
    attributionAgent: str | None = None
    attributionPlugin: str | None = None
    attributionMcpServer: str | None = None
    attributionMcpTool: str | None = None
    type: str | None = None
    uuid: str | None = None
    timestamp: str | None = None
    effort: str | None = None
    entrypoint: str | None = None
    isMeta: bool | None = None
    isCompactSummary: bool | None = None
    isApiErrorMessage: bool | None = None
    isAbortedMidStream: bool | None = None
    origin: Origin | None = None
    promptSource: str | None = None
    sentAsUuid: str | None = None
    error: msgspec.Raw = msgspec.Raw(b"")
    apiErrorStatus: msgspec.Raw = msgspec.Raw(b"")
    costUSD: float | None = None
    data: Progress | None = None
    session_id: str | None = None


decode = msgspec.json.Decoder(Line).decode
"""bytes -> Line; raises msgspec.DecodeError (including ValidationError), UnicodeDecodeError, RecursionError."""
