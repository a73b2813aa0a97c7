"""Sessions."""

from __future__ import annotations

from typing import Any

from exporter.web.shapes.shape import Shape


class Session(Shape, frozen=True, kw_only=True):
    """A row of `real_sessions`."""

    id: str
    session_type: str | None
    start_time: str | None
    end_time: str | None
    process_id: int | None
    project_path: str | None
    conversation_id: str | None
    total_messages: int
    models_used: list[Any]
    estimated_tokens: int
    is_active: bool
    metadata: dict[str, Any]
    five_hour_block_id: str | None


class Sessions(Shape, frozen=True, kw_only=True):
    """Sessions, most recently started first. Pass `next` as `before` to get more."""

    items: list[Session]
    next: str | None
