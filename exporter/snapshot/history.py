"""What was, asked of the store by whoever shows lists."""

from __future__ import annotations

from exporter.domain.session import SessionRow
from exporter.store import session_rows
from exporter.store.reader import Reader


def sessions(reader: Reader, limit: int | None = None, since: int | None = None) -> list[SessionRow]:
    """Sessions, the last begun first; `since`: those that ran after it (ms). Raises DatabaseError."""
    with reader.view() as connection:
        return list(session_rows.recent(connection, limit, since)) if connection is not None else []


def active_sessions(reader: Reader) -> list[SessionRow]:
    """Those that run, the youngest first. Raises DatabaseError."""
    with reader.view() as connection:
        return session_rows.active(connection) if connection is not None else []
