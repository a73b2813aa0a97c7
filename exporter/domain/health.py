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


class ToldHealth(msgspec.Struct, frozen=True):
    """How a tracker said it is, for servers of their own. `at`: ms."""

    at: int
    health: Health


def seen_apart(told: ToldHealth | None, tracker_since: int | None) -> Health:
    """How a tracker in another process is, by what was told last and since when (ms) one lives, None where none does.

    What a tracker told that lives no longer says only when everything was read last.
    """
    if tracker_since is not None and (told is None or told.at < tracker_since):
        return Health(detects=True)  # it has told nothing yet
    if told is None:
        return Health()
    return told.health if tracker_since is not None else Health(last_success_at=told.health.last_success_at)
