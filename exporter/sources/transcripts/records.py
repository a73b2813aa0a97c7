"""From a line to what it tells: responses, prompts, tool calls, API errors, its conversation.

Pure but for the `Batch` it fills. What cannot be counted is counted as skipped, by reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from exporter.domain import timestamp
from exporter.domain.activity import ApiError, Prompt, ToolCall, api_error_kind
from exporter.domain.batch import Batch
from exporter.domain.tokens import Tokens
from exporter.domain.usage import SYNTHETIC_MODEL, Advisor, ResponseLine
from exporter.sources.transcripts import lenient, lines
from exporter.sources.transcripts.lines import Content, Iteration, Line, Message, Usage

MOST_TOKENS = 10**12
"""A count above this is damage, not use: a thousand times what a whole account uses in a year."""

_NO_PROMPT = ("<command-name>", "<command-message>", "<local-command-", "[Request interrupted")
_PROMPT_PARTS = frozenset(("text", "image", "document"))
_STATUS_IN_TEXT = re.compile(r"API Error: (\d{3})\b")


class Place(NamedTuple):
    """Where a record stands: its conversation, its time (ms) and its chain."""

    session_id: str
    at: int
    sidechain: bool


def take(raw: bytes, batch: Batch, fallback_session: str) -> None:
    """Add what one complete line (with or without its newline) tells to `batch`.

    `fallback_session`: the session id that the file's name tells, for lines that name none.
    """
    line = _decode(raw)
    if line is None:
        if raw.strip(b"\xef\xbb\xbf \t\r\n"):
            batch.skip("malformed")
        return
    session_id = line.sessionId or line.session_id or fallback_session
    at = timestamp.parse(line.timestamp) if line.timestamp is not None else None
    if at is not None:
        batch.see(session_id, at, line.cwd, line.entrypoint, line.version, line.gitBranch)
    if line.type == "assistant" and line.message is not None:
        _assistant(line, line.message, session_id, at, batch)
    elif line.type == "user" and line.message is not None:
        _user(line, line.message, session_id, at, batch)
    elif line.type == "progress" and line.data is not None and line.data.type == "agent_progress":
        _agent_progress(line.data, session_id, batch)


def _decode(raw: bytes) -> Line | None:
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
    try:
        return lines.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    except RecursionError:
        return None
    try:
        return lenient.decode(raw)
    except (ValueError, RecursionError):
        return None


def _assistant(line: Line, message: Message, session_id: str, at: int | None, batch: Batch) -> None:
    if at is None:
        batch.skip("bad_timestamp")
        return
    place = Place(session_id, at, line.isSidechain is True)
    if line.isApiErrorMessage:
        _api_error(line, message, place, batch)
    _tool_calls(message, place, batch)
    _response(message, line.requestId, line.uuid, line.costUSD, place, batch)


def _agent_progress(progress: lines.Progress, session_id: str, batch: Batch) -> None:
    """A subagent's record: a sidechain line, whatever its envelope says; never a prompt."""
    nested = progress.message
    if nested is None or nested.type != "assistant" or nested.message is None:
        return
    at = timestamp.parse(nested.timestamp) if nested.timestamp is not None else None
    if at is None:
        batch.skip("bad_timestamp")
        return
    place = Place(session_id, at, True)
    _tool_calls(nested.message, place, batch)
    _response(nested.message, nested.requestId, nested.uuid, None, place, batch)


def _response(
    message: Message,
    request_id: str | None,
    uuid: str | None,
    cost_usd: float | None,
    place: Place,
    batch: Batch,
) -> None:
    message_id, identity = _id(message.id), _id(uuid)
    tokens = token_counts(message.usage) if message.usage is not None else None
    reason = _reason_to_skip(message, message_id or identity, tokens)
    if reason is not None or tokens is None:
        batch.skip(reason or "bad_tokens")
        return
    usage = message.usage or Usage()
    advisors = [part for part in usage.iterations or () if part.type == "advisor_message"]
    if any(token_counts(advisor) is None for advisor in advisors):
        batch.skip("bad_tokens")
    batch.add_response(
        ResponseLine(
            message_id=message_id or identity,
            request_id=_id(request_id) if message_id else identity,
            session_id=place.session_id,
            sidechain=place.sidechain,
            uuid=identity,
            at=place.at,
            model=message.model or "unknown",
            stop_reason=message.stop_reason,
            tokens=tokens,
            speed=usage.speed,
            web_searches=_web_searches(usage),
            reported_cost=_nano_dollars(cost_usd),
            advisors=tuple(_advisors(advisors)),
        )
    )


def _id(text: str | None) -> str:
    """An id as it is kept, empty for none. SQLite's JSON ends a text at a NUL, so two ids could look like one."""
    return text.replace("\0", "") if text else ""


def _reason_to_skip(message: Message, identity: str, tokens: Tokens | None) -> str | None:
    if message.model == SYNTHETIC_MODEL:
        return "synthetic"
    if message.usage is None:
        return "no_usage"
    if tokens is None:
        return "bad_tokens"
    return None if identity else "no_id"


def token_counts(usage: Usage | Iteration) -> Tokens | None:
    """The counts by type, None where one is negative, broken or beyond belief.

    The flat cache figure was left 0 by an old bug, the nested one is absent in old lines: the larger counts.
    """
    nested = usage.cache_creation
    hour = (nested.ephemeral_1h_input_tokens or 0) if nested else 0
    five_minutes = (nested.ephemeral_5m_input_tokens or 0) if nested else 0
    flat = usage.cache_creation_input_tokens or 0
    read, fresh, output = (
        usage.cache_read_input_tokens or 0,
        usage.input_tokens or 0,
        usage.output_tokens or 0,
    )
    parts = (fresh, output, read, five_minutes, hour, flat)
    if min(parts) < 0 or max(parts) > MOST_TOKENS:
        return None
    return Tokens(fresh, output, read, max(flat, five_minutes + hour) - hour, hour)


def _advisors(iterations: list[Iteration]) -> Iterator[Advisor]:
    """Tokens that another model used inside the response; they are not in the response's own figures."""
    for iteration in iterations:
        tokens = token_counts(iteration)
        if tokens is not None and tokens.total:
            yield Advisor(iteration.model or "unknown", tokens)


def _web_searches(usage: Usage) -> int:
    searches = (usage.server_tool_use.web_search_requests or 0) if usage.server_tool_use else 0
    return searches if 0 <= searches <= MOST_TOKENS else 0


def _nano_dollars(usd: float | None) -> int | None:
    return round(usd * 1e9) if usd is not None and 0 <= usd < 1e6 else None


def _tool_calls(message: Message, place: Place, batch: Batch) -> None:
    if isinstance(message.content, list):
        for part in message.content:
            if part.type == "tool_use" and (tool_id := _id(part.id)):
                batch.add_tool_call(ToolCall(tool_id, place.at, place.session_id, part.name or ""))


def _user(line: Line, message: Message, session_id: str, at: int | None, batch: Batch) -> None:
    if not is_prompt(line, message.content):
        return
    uuid = _id(line.uuid)
    if at is None:
        batch.skip("bad_timestamp")
    elif not uuid:
        batch.skip("no_id")
    else:
        batch.add_prompt(Prompt(uuid, at, session_id))


def is_prompt(line: Line, content: str | list[Content] | None) -> bool:
    """Whether a `user` line is something the user asked, not a tool's result, a command's echo or the client's."""
    if line.isMeta or line.isCompactSummary or line.isSidechain:
        return False
    if isinstance(content, str):
        return not content.startswith(_NO_PROMPT)
    if not content or any(part.type not in _PROMPT_PARTS for part in content):
        return False
    texts = (_text(bytes(part.text)) for part in content if part.type == "text")
    return not next(texts, "").startswith(_NO_PROMPT)


def _api_error(line: Line, message: Message, place: Place, batch: Batch) -> None:
    uuid = _id(line.uuid)
    if not uuid:
        batch.skip("no_id")
        return
    text = _shown(message.content)
    kind = api_error_kind(_text(bytes(line.error)) or None, _status(bytes(line.apiErrorStatus), text))
    batch.add_api_error(ApiError(uuid, place.at, place.session_id, kind, text[:500]))


def _shown(content: str | list[Content] | None) -> str:
    """What the user read: the content itself, or its first text."""
    if isinstance(content, str):
        return content
    return next((_text(bytes(part.text)) for part in content or () if part.type == "text"), "")


def _status(status: bytes, text: str) -> int | None:
    digits = status.strip(b'"')
    if len(digits) == 3 and digits.isdigit():
        return int(digits)
    found = _STATUS_IN_TEXT.search(text)
    return int(found[1]) if found else None


def _text(raw: bytes) -> str:
    try:
        return msgspec.json.decode(raw, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return lenient.text(raw)
