"""Pure functions that interpret single lines: counts, costs, errors. `collector` combines them."""

from __future__ import annotations

import re

import msgspec

from exporter.domain.calendar.timestamp import is_time
from exporter.domain.usage.bounds import MAX_COST_USD, MAX_TOKENS, MAX_WEB_SEARCHES
from exporter.domain.usage.counting import SYNTHETIC_MODEL
from exporter.domain.usage.pricing import Counts
from exporter.sources.transcripts import lenient, lines
from exporter.sources.transcripts.lines import Iteration, Line, Message, Progress, Usage

_STATUS_IN_TEXT = re.compile(r"API Error: (\d{3})\b")


def decode(raw: bytes) -> Line | None:
    """Decode a line without the parts that the typed decoder rejects; None if it is not a JSON object."""
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


def clean_id(text: str | None) -> str:
    """An id as stored; empty for none. SQLite's JSON ends a text at a NUL, so two ids could become equal."""
    return text.replace("\0", "") if text else ""


def token_counts(usage: Usage | Iteration) -> Counts | None:
    """The counts by type; None if one is negative, invalid or impossibly large.

    An old bug left the flat cache count at 0, and old lines lack the nested one, so the larger of the two counts.
    """
    uncached, output = usage.input_tokens or 0, usage.output_tokens or 0
    read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    nested = usage.cache_creation
    hour = five_minutes = 0
    if nested is not None:
        hour, five_minutes = nested.ephemeral_1h_input_tokens or 0, nested.ephemeral_5m_input_tokens or 0
    if uncached < 0 or output < 0 or read < 0 or written < 0 or hour < 0 or five_minutes < 0:
        return None
    parts = uncached + output + read + written + hour + five_minutes  # cheaper than their maximum
    if parts > MAX_TOKENS and max(uncached, output, read, written, hour, five_minutes) > MAX_TOKENS:
        return None
    written = written if written > hour + five_minutes else hour + five_minutes
    return uncached, output, read, written - hour, hour


def has_too_many_tokens(usage: Usage | Iteration) -> bool:
    """Whether every count is one, and any is too large."""
    nested = usage.cache_creation
    counts = [
        usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens,
        *((nested.ephemeral_1h_input_tokens, nested.ephemeral_5m_input_tokens) if nested is not None else ()),
    ]  # fmt: skip
    return min(count or 0 for count in counts) >= 0 and max(count or 0 for count in counts) > MAX_TOKENS


def web_searches(usage: Usage) -> int:
    """How many; 0 for what is not a count."""
    return max(0, usage.server_tool_use.web_search_requests or 0) if usage.server_tool_use else 0


def is_out_of_range(usage: Usage, usd: float | None) -> bool:
    """Whether the web searches or the client's own price are impossibly large."""
    return web_searches(usage) > MAX_WEB_SEARCHES or (usd is not None and usd > MAX_COST_USD)


def nano_dollars(usd: float | None) -> int | None:
    """The client's own price; None for what is not a price."""
    return round(usd * 1e9) if usd is not None and 0 <= usd <= MAX_COST_USD else None


def sidechain_line(progress: Progress) -> Line:
    """Convert a subagent's record to a line: on a sidechain, whatever its envelope says, and never a prompt."""
    nested = progress.message
    if nested is None or nested.type != "assistant":
        return Line()
    return Line(
        isSidechain=True, message=nested.message, requestId=nested.requestId, type="assistant", uuid=nested.uuid,
        timestamp=nested.timestamp,
    )  # fmt: skip


def http_status(status: bytes, text: str) -> int | None:
    """The status field of the line, else the status in its text."""
    digits = status.strip(b'"')
    if len(digits) == 3 and digits.isdigit():
        return int(digits)
    found = _STATUS_IN_TEXT.search(text)
    return int(found[1]) if found else None


def reason_to_skip(message: Message, counts: Counts | None) -> str:
    if message.model == SYNTHETIC_MODEL:
        return "synthetic"
    if message.usage is None:
        return "no_usage"
    return reason_of_tokens(message.usage) if counts is None else "no_id"


def reason_of_tokens(usage: Usage | Iteration) -> str:
    return "out_of_range" if has_too_many_tokens(usage) else "bad_tokens"


def reason_without_time(line: Line) -> str:
    return "out_of_range" if line.timestamp is not None and is_time(line.timestamp) else "bad_timestamp"
