"""Reads `real_sessions` as its readers see it. A row that another program wrote there in its own way is read as far
as it goes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from exporter.domain import timestamp
from exporter.domain.session import SessionRow

_COLUMNS = ", ".join(f"s.{name}" for name in SessionRow.__struct_fields__)
_ACTIVE = f"""
SELECT {_COLUMNS} FROM real_sessions s
WHERE s.id IN (SELECT session_id FROM tracker_runs WHERE ended_at IS NULL) ORDER BY s.start_time DESC, s.id
"""
_RECENT = f"SELECT {_COLUMNS} FROM real_sessions s WHERE s.start_time IS NOT NULL"

T = TypeVar("T")


def active(connection: sqlite3.Connection) -> list[SessionRow]:
    """The sessions that run, the youngest first."""
    return [_row(row) for row in connection.execute(_ACTIVE)]


def recent(connection: sqlite3.Connection, limit: int | None = None, since: int | None = None) -> Iterator[SessionRow]:
    """All sessions, the last begun first; `since`: those that ran after it (ms), or still run."""
    where, parameters = "", []
    if since is not None:
        where, parameters = "AND (s.is_active OR coalesce(s.end_time, s.start_time) >= ?)", [timestamp.to_iso(since)]
    query = f"{_RECENT} {where} ORDER BY s.start_time DESC, s.id LIMIT ?"
    return (_row(row) for row in connection.execute(query, (*parameters, -1 if limit is None else limit)))


def _row(row: tuple[Any, ...]) -> SessionRow:
    named = dict(zip(SessionRow.__struct_fields__, row, strict=True))
    named["models_used"] = _decoded(named["models_used"], list[str], [])
    named["metadata"] = _decoded(named["metadata"], dict[str, Any], {})
    for name in ("total_messages", "estimated_tokens"):
        named[name] = named[name] if isinstance(named[name], int) else 0
    for name in ("id", "session_type", "start_time", "end_time", "project_path", "conversation_id"):
        named[name] = named[name] if named[name] is None else str(named[name])
    named["process_id"] = named["process_id"] if isinstance(named["process_id"], int) else None
    named["is_active"] = bool(named["is_active"])
    return SessionRow(**named)


def _decoded(text: str | None, kind: type[T], absent: T) -> T:
    try:
        return msgspec.json.decode(text, type=kind) if text else absent
    except msgspec.DecodeError:
        return absent
