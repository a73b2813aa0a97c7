"""How the tracker itself is: what its collectors last did, and how far behind it is."""

from __future__ import annotations

import msgspec


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
