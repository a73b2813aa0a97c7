"""Decodes a line that the typed decoder rejected: key by key, dropping only what does not fit.

This is slow and rare: a float instead of a count, a lone surrogate, a byte that is not UTF-8, a `message`
that is a string.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from exporter.sources.transcripts.lines import (
    BAD_COUNT,
    CacheCreation,
    Content,
    Iteration,
    Line,
    Message,
    Nested,
    Origin,
    Progress,
    ServerToolUse,
    Usage,
)

Json = Any
T = TypeVar("T")


def decode(raw: bytes) -> Line | None:
    """Decode everything that fits; None if the line is not a JSON object.

    Raises ValueError for malformed JSON, RecursionError for nesting that is too deep.
    """
    value = _loads(raw)
    return _line(value) if isinstance(value, dict) else None


def text(raw: bytes) -> str:
    """Decode a JSON string; empty for anything else."""
    try:
        return _text(_loads(raw)) or ""
    except ValueError:
        return ""


def _loads(raw: bytes) -> Json:
    return json.loads(raw.decode("utf-8", "replace"))


def _line(o: dict[str, Json]) -> Line:
    known: dict[str, Json] = {key: _text(o.get(key)) for key in _LINE_TEXTS}
    known |= {key: o.get(key) is True for key in _LINE_FLAGS}
    return Line(
        **known,
        error=_raw(o.get("error")),
        apiErrorStatus=_raw(o.get("apiErrorStatus")),
        costUSD=_number(o.get("costUSD")),
        message=_object(o.get("message"), _message),
        data=_object(o.get("data"), _progress),
        origin=_object(o.get("origin"), lambda origin: Origin(_text(origin.get("kind")))),
    )


_LINE_TEXTS = (
    "type", "uuid", "timestamp", "sessionId", "session_id", "cwd", "gitBranch", "version", "entrypoint", "requestId",
    "promptSource", "sentAsUuid", "effort", "attributionSkill", "attributionAgent", "attributionPlugin",
    "attributionMcpServer", "attributionMcpTool",
)  # fmt: skip
_LINE_FLAGS = ("isSidechain", "isMeta", "isCompactSummary", "isApiErrorMessage", "isAbortedMidStream")


def _progress(o: dict[str, Json]) -> Progress:
    return Progress(type=_text(o.get("type")), message=_object(o.get("message"), _nested))


def _nested(o: dict[str, Json]) -> Nested:
    return Nested(
        **{key: _text(o.get(key)) for key in ("type", "uuid", "timestamp", "requestId")},
        message=_object(o.get("message"), _message),
    )


def _message(o: dict[str, Json]) -> Message:
    content = o.get("content")
    if isinstance(content, list):
        content = [_content(part) for part in content if isinstance(part, dict)]
    return Message(
        **{key: _text(o.get(key)) for key in ("id", "model", "stop_reason")},
        usage=_object(o.get("usage"), _usage),
        stop_details=msgspec.Raw(b"null" if "stop_details" in o else b""),
        content=content if isinstance(content, list) else _text(content),
    )


def _content(o: dict[str, Json]) -> Content:
    return Content(**{key: _text(o.get(key)) for key in ("type", "id", "name")}, text=_raw(o.get("text")))


def _usage(o: dict[str, Json]) -> Usage:
    iterations = o.get("iterations")
    return Usage(
        **_counts(o),
        cache_creation=_object(o.get("cache_creation"), _cache_creation),
        server_tool_use=_object(o.get("server_tool_use"), _server_tool_use),
        iterations=[_iteration(i) for i in iterations if isinstance(i, dict)] if isinstance(iterations, list) else None,
        speed=_text(o.get("speed")),
        inference_geo=_text(o.get("inference_geo")),
    )


def _iteration(o: dict[str, Json]) -> Iteration:
    return Iteration(
        type=_text(o.get("type")),
        model=_text(o.get("model")),
        **_counts(o),
        cache_creation=_object(o.get("cache_creation"), _cache_creation),
    )


def _counts(o: dict[str, Json]) -> dict[str, int | None]:
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return {name: _count(o.get(name)) for name in names}


def _cache_creation(o: dict[str, Json]) -> CacheCreation:
    names = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
    return CacheCreation(**{name: _count(o.get(name)) for name in names})


def _server_tool_use(o: dict[str, Json]) -> ServerToolUse:
    return ServerToolUse(web_search_requests=_count(o.get("web_search_requests")))


def _object(value: Json, build: Callable[[dict[str, Json]], T]) -> T | None:
    return build(value) if isinstance(value, dict) else None


def _text(value: Json) -> str | None:
    """A string that can be encoded as UTF-8 (a lone surrogate becomes ?); None for anything else."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None


def _raw(value: Json) -> msgspec.Raw:
    return msgspec.Raw(b"" if value is None else json.dumps(value).encode())


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _count(value: Json) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return BAD_COUNT
    return int(value)
