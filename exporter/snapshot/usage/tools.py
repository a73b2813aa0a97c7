"""Tool calls by tool."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from exporter.domain.calendar.day import Span
from exporter.store.reader import Reader
from exporter.store.usage.tool_calls import ToolCalls, calls_between


def calls(reader: Reader, span: Span) -> tuple[ToolCalls, ...]:
    """The calls of each tool in `span`, by its name as written, the most first. Raises DatabaseError."""
    with reader.view() as connection:
        return calls_between(connection, *span) if connection is not None else ()


def calls_json(items: Sequence[ToolCalls], zone: tzinfo | None) -> dict[str, Any]:
    """The calls of each tool, and of all."""
    return {
        "items": [{"tool": one.tool, "calls": one.calls} for one in items],
        "totals": {"calls": sum(one.calls for one in items)},
        "timezone": str(zone) if zone is not None else "local",
    }
