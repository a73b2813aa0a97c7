"""The rows of an export that can be imported. One that does not fit is skipped, and counted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from exporter.domain.accounts import UNKNOWN
from exporter.domain.calendar import timestamp
from exporter.domain.usage.bounds import MAX_STORED
from exporter.domain.usage.counting import decode_extras, decode_requests
from exporter.domain.usage.marks import decode_marks

Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_STORED)]
Money = Annotated[float, msgspec.Meta(ge=0, le=MAX_STORED / 1e9)]
Flag = Annotated[int, msgspec.Meta(ge=0, le=1)]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class AccountRow(msgspec.Struct, frozen=True):
    account: str
    organization_hash: str | None = None
    account_hash: str | None = None
    plan: str | None = None


class SessionRow(msgspec.Struct, frozen=True):
    session_id: Text
    start_time: str
    session_type: str | None = None
    end_time: str | None = None
    messages: Any = None
    models: str | None = None
    tokens: Any = None
    basis: str | None = None
    project_path: str | None = None
    project_folder: str | None = None
    folder_time: str | None = None
    conversation_id: str | None = None
    first_line_time: str | None = None
    last_line_time: str | None = None
    entrypoint: str | None = None
    client_version: str | None = None
    git_branch: str | None = None
    repository: str | None = None
    pull_request: str | None = None


class ResponseRow(msgspec.Struct, frozen=True):
    time: str
    counts: Flag
    session_id: Text
    copy_time: str
    copy_session_id: Text
    message_id: Text
    chain: Literal["main", "subagent"]
    model: str
    input_tokens: Count
    output_tokens: Count
    cache_read_tokens: Count
    cache_write_5m_tokens: Count
    cache_write_1h_tokens: Count
    total_tokens: Count
    line_time: str
    uuid: str
    file_time: str
    request_id: str | None = None
    line_id: str | None = None
    copy_account: str = UNKNOWN
    provider: str | None = None
    cost_usd: Money | None = None
    reported_cost_usd: Money | None = None
    is_incomplete: Flag = 0
    stop_reason: str | None = None
    speed: str | None = None
    geo: str | None = None
    web_searches: Count = 0
    requests: str | None = None
    extras: str | None = None
    marks: str | None = None

    def check(self) -> None:
        """Raises msgspec.MsgspecError if a text is not the JSON that it should be."""
        if self.requests is not None:
            decode_requests(self.requests)
        if self.extras is not None:
            decode_extras(self.extras)
        if self.marks is not None:
            decode_marks(self.marks)


class EventRow(msgspec.Struct, frozen=True):
    kind: Literal["prompt", "tool_call", "api_error", "stop", "subagent"]
    session_id: Text
    id: Text
    time: str | None = None
    name: str | None = None
    file_time: str | None = None


class RunRow(msgspec.Struct, frozen=True):
    session_id: Text
    session_type: Literal["claude_code", "claude_desktop"]
    source: Literal["registered", "inferred", "transcript"]
    start_time: str
    last_seen_at: str
    end_time: str | None = None
    length_seconds: Money | None = None
    is_estimated_end: Flag = 0
    folder: str | None = None
    kind: str | None = None
    entrypoint: str | None = None
    client_version: str | None = None


class HitRow(msgspec.Struct, frozen=True):
    window: Text
    time: str
    source: Literal["transcript", "hook", "reading"]
    account: str = UNKNOWN
    resets_at: str | None = None
    is_overage: Flag = 0
    reported_at: str | None = None


class ReadingRow(msgspec.Struct, frozen=True):
    window: Text
    source: Text
    observed_at: str
    last_at: str
    utilization_ratio: Money
    account: str = UNKNOWN
    resets_at: str | None = None
    is_used: Flag = 1
    binds: Flag = 1
    window_started_at: str | None = None


def ms(text: str) -> int:
    """A time that has to be there, in ms. Raises msgspec.ValidationError."""
    found = timestamp.parse(text)
    if found is None:
        raise msgspec.ValidationError(f"{text!r} is not a time")
    return found


def ms_or_none(text: str | None) -> int | None:
    """A time (ms), None if it is not there. Raises msgspec.ValidationError for what is none."""
    return None if text is None else ms(text)


def nano(dollars: float | None) -> int | None:
    """Dollars as nano-dollars: exact for what `export` writes."""
    return None if dollars is None else round(dollars * 1e9)
