"""The lists of sessions."""

from __future__ import annotations

from exporter.domain.sessions.session import SessionRow
from exporter.store.reader import Reader
from exporter.store.sessions import session_rows
from exporter.store.sessions.session_rows import SessionQuery


def sessions(reader: Reader, query: SessionQuery) -> list[SessionRow]:
    """The sessions that match the query, most recently started first. Raises DatabaseError."""
    with reader.view() as connection:
        return list(session_rows.recent(connection, query)) if connection is not None else []


def active_sessions(reader: Reader) -> list[SessionRow]:
    """The running sessions, most recent first. Raises DatabaseError."""
    with reader.view() as connection:
        return session_rows.active(connection) if connection is not None else []
