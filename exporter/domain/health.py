"""The tracker's own health: the last run of its collectors, and how far behind it is."""

from __future__ import annotations

import msgspec

from exporter.domain.calendar.timestamp import SECOND
from exporter.domain.fleet.state import StoreHealth
from exporter.domain.retention import Retention
from exporter.domain.sync import SyncState


class CollectorHealth(msgspec.Struct, frozen=True):
    """The last run of one collector."""

    name: str
    success: bool
    duration_s: float


class Load(msgspec.Struct, frozen=True):
    """The total usage of the processes of one session type: memory in bytes, CPU in seconds."""

    session_type: str
    processes: int
    resident_bytes: int
    cpu_s: float


class FolderCounts(msgspec.Struct, frozen=True):
    """How many transcript folders exist: with changes reported by the system, and scanned every few seconds."""

    events: int
    polling: int


class Sending(msgspec.Struct, frozen=True):
    """How sending to others goes: to each sync target, and to the store of many machines."""

    syncs: tuple[SyncState, ...] = ()
    store: StoreHealth | None = None


class Health(msgspec.Struct, frozen=True):
    """The health of a running tracker; empty if none runs in this process."""

    collectors: tuple[CollectorHealth, ...] = ()
    last_success_at: int | None = None
    """When all transcripts were last fully read, ms."""
    lag_s: float | None = None
    """Age of the oldest reported byte that is not read yet; 0 when caught up."""
    watcher_up: bool | None = None
    folders: FolderCounts | None = None
    detects: bool = False
    """Whether running sessions are detected, here or in the tracker that writes this database."""
    loads: tuple[Load, ...] = ()
    sending: Sending = Sending()
    """What this process sends to others."""
    retention: Retention | None = None
    """Which transcripts will be deleted before they are read, as of the last full scan."""


class ReportedHealth(msgspec.Struct, frozen=True):
    """The health that a tracker reported for servers in other processes. `at`: ms."""

    at: int
    health: Health


REPORT_VALID_MS = 60 * SECOND
"""An older report is out of date: a tracker reports every 15 seconds."""


def reported_health_at(report: ReportedHealth | None, since: int | None, detects: bool, now: int) -> Health:
    """Return the health of a tracker in another process at `now` (ms), from its last report.

    `since` (ms): when it started, None if none is running. `detects`: whether it detects sessions. An out-of-date
    report only says when everything was last read.
    """
    if since is None:
        return Health(last_success_at=report.health.last_success_at if report is not None else None)
    if report is None or report.at < since:
        return Health(detects=detects)  # it has not reported yet
    if now - report.at > REPORT_VALID_MS:
        return Health(detects=detects, last_success_at=report.health.last_success_at)
    return report.health
