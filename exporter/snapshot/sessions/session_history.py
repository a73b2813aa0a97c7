"""What was, asked of the store by whoever shows lists."""

from __future__ import annotations

from exporter.domain.sessions.session import SessionRow
from exporter.store.reader import Reader
from exporter.store.sessions import session_rows
from exporter.store.sessions.session_rows import SessionQuery


def sessions(reader: Reader, asked: SessionQuery) -> list[SessionRow]:
    """The sessions asked for, the last begun first. Raises DatabaseError."""
    with reader.view() as connection:
        return list(session_rows.recent(connection, asked)) if connection is not None else []


def active_sessions(reader: Reader) -> list[SessionRow]:
    """Those that run, the youngest first. Raises DatabaseError."""
    with reader.view() as connection:
        return session_rows.active(connection) if connection is not None else []
