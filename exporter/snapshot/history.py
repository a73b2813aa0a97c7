"""What was, asked of the store by whoever shows lists."""

from __future__ import annotations

from exporter.domain.limit import Reading
from exporter.domain.session import SessionRow
from exporter.snapshot.take import LimitPart, current_limits
from exporter.store import readings as stored
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


def limits(reader: Reader, now: int) -> tuple[LimitPart, ...]:
    """How much of each window is used, as far as a valid reading tells. Raises DatabaseError."""
    with reader.view() as connection:
        return current_limits(connection, now) if connection is not None else ()


def readings(reader: Reader, since: int) -> list[tuple[Reading, int, bool]]:
    """Every reading since (ms), the oldest first, with the last time it was told so and whether it is used.

    Raises DatabaseError.
    """
    with reader.view() as connection:
        return stored.history(connection, since) if connection is not None else []
