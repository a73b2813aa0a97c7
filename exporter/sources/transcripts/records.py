"""What single lines tell, as pure functions: counts, prompts, errors. `collector` puts it together."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from exporter.domain.usage.counting import Advisor
from exporter.domain.usage.pricing import Counts
from exporter.domain.usage.tokens import Tokens
from exporter.sources.transcripts import lenient, lines
from exporter.sources.transcripts.lines import Content, Iteration, Line, Progress, Usage

MOST_TOKENS = 10**12
"""A count above this is damage, not use: a thousand times what a whole account uses in a year."""

_INTERRUPTED = "[Request interrupted"
_NO_PROMPT = ("<command-name>", "<command-message>", "<local-command-", _INTERRUPTED)
_PROMPT_PARTS = frozenset(("text", "image", "document"))
_STATUS_IN_TEXT = re.compile(r"API Error: (\d{3})\b")


def decode(raw: bytes) -> Line | None:
    """The line, with what the typed decoder refuses left out; None where it is no JSON object."""
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


def is_blank(raw: bytes) -> bool:
    return not raw.strip(b"\xef\xbb\xbf \t\r\n")


def identity(text: str | None) -> str:
    """An id as it is kept, empty for none. SQLite's JSON ends a text at a NUL, so two ids could look like one."""
    return text.replace("\0", "") if text else ""


def token_counts(usage: Usage | Iteration) -> Counts | None:
    """The counts by type, None where one is negative, broken or beyond belief.

    The flat cache figure was left 0 by an old bug, the nested one is absent in old lines: the larger counts.
    """
    fresh, output = usage.input_tokens or 0, usage.output_tokens or 0
    read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    nested = usage.cache_creation
    hour = five_minutes = 0
    if nested is not None:
        hour, five_minutes = nested.ephemeral_1h_input_tokens or 0, nested.ephemeral_5m_input_tokens or 0
    if fresh < 0 or output < 0 or read < 0 or written < 0 or hour < 0 or five_minutes < 0:
        return None
    parts = fresh + output + read + written + hour + five_minutes  # costs less than their maximum
    if parts > MOST_TOKENS and max(fresh, output, read, written, hour, five_minutes) > MOST_TOKENS:
        return None
    written = written if written > hour + five_minutes else hour + five_minutes
    return fresh, output, read, written - hour, hour


def advisor_parts(usage: Usage) -> list[Iteration]:
    return [part for part in usage.iterations or () if part.type == "advisor_message"]


def advisors_of(parts: list[Iteration]) -> Iterator[Advisor]:
    """Tokens that another model used inside the response; they are not in the response's own figures."""
    for part in parts:
        counts = token_counts(part)
        if counts is not None and any(counts):
            yield Advisor(part.model or "unknown", Tokens(*counts))


def web_searches(usage: Usage) -> int:
    searches = (usage.server_tool_use.web_search_requests or 0) if usage.server_tool_use else 0
    return searches if 0 <= searches <= MOST_TOKENS else 0


def nano_dollars(usd: float | None) -> int | None:
    return round(usd * 1e9) if usd is not None and 0 <= usd < 1e6 else None


def sidechain_line(progress: Progress) -> Line:
    """A subagent's record as the line it is: on a sidechain, whatever its envelope says, and never a prompt."""
    nested = progress.message
    if nested is None or nested.type != "assistant":
        return Line()
    return Line(
        isSidechain=True, message=nested.message, requestId=nested.requestId, type="assistant", uuid=nested.uuid,
        timestamp=nested.timestamp,
    )  # fmt: skip


def is_prompt(line: Line, content: str | list[Content] | None) -> bool:
    """Whether a `user` line is something the user asked, not a tool's result, a command's echo or the client's."""
    if line.isMeta or line.isCompactSummary or line.isSidechain:
        return False
    if isinstance(content, str):
        return not content.startswith(_NO_PROMPT)
    if not content or any(part.type not in _PROMPT_PARTS for part in content):
        return False
    texts = (text_of(bytes(part.text)) for part in content if part.type == "text")
    return not next(texts, "").startswith(_NO_PROMPT)


def is_interruption(content: str | list[Content] | None) -> bool:
    """Whether a `user` line tells that the user interrupted."""
    return shown(content).startswith(_INTERRUPTED)


def shown(content: str | list[Content] | None) -> str:
    """What the user read: the content itself, or its first text."""
    if isinstance(content, str):
        return content
    return next((text_of(bytes(part.text)) for part in content or () if part.type == "text"), "")


def http_status(status: bytes, text: str) -> int | None:
    """The status the line names, else the one in the text."""
    digits = status.strip(b'"')
    if len(digits) == 3 and digits.isdigit():
        return int(digits)
    found = _STATUS_IN_TEXT.search(text)
    return int(found[1]) if found else None


def text_of(raw: bytes) -> str:
    try:
        return msgspec.json.decode(raw, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return lenient.text(raw)
