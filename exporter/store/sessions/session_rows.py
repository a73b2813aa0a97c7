"""Reads `real_sessions`. A row in another program's form is read as far as possible."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.sessions.session import SessionRow

_COLUMNS = ", ".join(f"s.{name}" for name in SessionRow.__struct_fields__)
_ACTIVE = f"""
SELECT {_COLUMNS} FROM real_sessions s
WHERE s.id IN (SELECT session_id FROM tracker_runs WHERE ended_at IS NULL) ORDER BY s.start_time DESC, s.id
"""
_RECENT = f"SELECT {_COLUMNS} FROM real_sessions s WHERE s.start_time IS NOT NULL"

T = TypeVar("T")


def active(connection: sqlite3.Connection) -> list[SessionRow]:
    """The running sessions, the youngest first."""
    return [_row(row) for row in connection.execute(_ACTIVE)]


def by_id(connection: sqlite3.Connection, session_id: str) -> SessionRow | None:
    """The session with this id."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM real_sessions s WHERE s.id = ?", (session_id,)).fetchone()
    return _row(row) if row is not None else None


class SessionQuery(msgspec.Struct, frozen=True):
    """A filter for sessions. `since`: ran after this time (ms), or still running. `before`: start and id of the last
    session already returned. `project`: its folder, or the end of it. `search`: a word in folder, id or models.
    """

    limit: int | None = None
    since: int | None = None
    before: tuple[str, str] | None = None
    project: str | None = None
    model: str | None = None
    session_type: str | None = None
    search: str | None = None


def recent(connection: sqlite3.Connection, query: SessionQuery = SessionQuery()) -> Iterator[SessionRow]:  # noqa: B008 - frozen
    """The sessions that match the query, the latest start first."""
    conditions: list[tuple[str, tuple[object, ...]]] = []
    if query.since is not None:
        moment = timestamp.to_iso(query.since)
        conditions.append(("(s.is_active OR coalesce(s.end_time, s.start_time) >= ?)", (moment,)))
    if query.before is not None:
        start, last = query.before
        conditions.append(("(s.start_time < ? OR (s.start_time = ? AND s.id > ?))", (start, start, last)))
    if query.project is not None:
        path = "replace(s.project_path, '\\', '/')"
        ends = f"substr({path}, -length(?)) = ?"
        wanted = f"/{query.project.strip('/')}"
        conditions.append((f"(s.project_path = ? OR {ends})", (query.project, wanted, wanted)))
    if query.model is not None:
        models = "json_each(iif(json_valid(s.models_used), s.models_used, '[]'))"
        conditions.append((f"EXISTS (SELECT 1 FROM {models} WHERE value = ?)", (query.model,)))
    if query.session_type is not None:
        conditions.append(("s.session_type = ?", (query.session_type,)))
    if query.search is not None:
        text = "s.id || ' ' || coalesce(s.project_path, '') || ' ' || coalesce(s.models_used, '')"
        conditions.append((f"instr(lower({text}), lower(?))", (query.search,)))
    where = "".join(f" AND {condition}" for condition, _ in conditions)
    parameters = [value for _, values in conditions for value in values]
    sql = f"{_RECENT}{where} ORDER BY s.start_time DESC, s.id LIMIT ?"
    return (_row(row) for row in connection.execute(sql, (*parameters, -1 if query.limit is None else query.limit)))


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
