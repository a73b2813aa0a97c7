"""How the tracker itself is: what its collectors last did, and how far behind it is."""

from __future__ import annotations

import msgspec

from exporter.domain.calendar.timestamp import SECOND
from exporter.domain.sync import SyncState


class CollectorHealth(msgspec.Struct, frozen=True):
    """The last run of one collector."""

    name: str
    success: bool
    duration_s: float


class Load(msgspec.Struct, frozen=True):
    """What the processes of one session type use together: bytes, and seconds of CPU."""

    session_type: str
    processes: int
    resident_bytes: int
    cpu_s: float


class Health(msgspec.Struct, frozen=True):
    """Of a running tracker; empty where none runs in this process."""

    collectors: tuple[CollectorHealth, ...] = ()
    last_success_at: int | None = None
    """When everything was last found read, ms."""
    lag_s: float | None = None
    """Age of the oldest byte reported and not yet read; 0 when caught up."""
    watcher_up: bool | None = None
    detects: bool = False
    """Whether running sessions are being looked for, here or in the tracker whose database this is."""
    loads: tuple[Load, ...] = ()
    syncs: tuple[SyncState, ...] = ()
    """How what is sent on is, where this process sends it."""


class ReportedHealth(msgspec.Struct, frozen=True):
    """How a tracker said it is, for servers of their own. `at`: ms."""

    at: int
    health: Health


REPORT_VALID_MS = 60 * SECOND
"""What was told longer ago says no more how a tracker is: it tells every fifteen seconds."""


def reported_health_at(told: ReportedHealth | None, since: int | None, detects: bool, now: int) -> Health:
    """How a tracker in another process is at `now` (ms), by what was told last. `since` (ms): when it began, None where
    none lives; `detects`: whether it looks for sessions.

    What nobody tells any more says only when everything was read last.
    """
    if since is None:
        return Health(last_success_at=told.health.last_success_at if told is not None else None)
    if told is None or told.at < since:
        return Health(detects=detects)  # it does not tell, or not yet
    if now - told.at > REPORT_VALID_MS:
        return Health(detects=detects, last_success_at=told.health.last_success_at)
    return told.health
