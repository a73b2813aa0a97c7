"""Acquires the ingest lock for a tracker or a command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exporter.cli.output import say
from exporter.domain.calendar import timestamp
from exporter.errors import LockedError
from exporter.ingest import lock
from exporter.ingest.lock import COMMAND, TRACKER, Holder, IngestLock


def this_process(kind: str, command: str, now: int, *, detects: bool = False) -> Holder:
    return Holder(os.getpid(), kind, f"claude-tracker {command}", now, detects)


def acquire_as_tracker(database: Path, command: str, now: int, *, detects: bool) -> IngestLock:
    """The lock for a tracker. Waits for a command, and for a holder that is ending.

    Raises LockedError naming another tracker, DatabaseError.
    """
    announced: list[Holder | None] = []

    def give_up(holder: Holder | None) -> bool:
        if holder is not None and holder.kind == TRACKER and lock.is_alive(holder.pid):
            return True
        if not announced or announced[-1] != holder:
            say(f"waiting for {holder or 'another claude-tracker'} to end", err=True)
            announced.append(holder)
        return False

    taken = lock.wait(database, this_process(TRACKER, command, now, detects=detects), give_up)
    if taken is None:
        raise LockedError(
            f"{lock.held_by(database)} is already keeping {database} up to date; "
            "stop it first, or choose another database with --database"
        )
    return taken


def live_tracker(database: Path) -> Holder | None:
    """The running tracker that holds the lock; None if there is none. Call it only after failing to get the lock."""
    holder = lock.held_by(database)
    return holder if holder is not None and holder.kind == TRACKER and lock.is_alive(holder.pid) else None


@contextmanager
def command_lock(database: Path, command: str, now: int) -> Iterator[Holder | None]:
    """Hold the lock for a command, after other commands. Yields the tracker that holds it instead, if any."""
    taken = lock.wait(database, this_process(COMMAND, command, now), lambda _: live_tracker(database) is not None)
    if taken is None:
        yield live_tracker(database) or lock.held_by(database)
        return
    try:
        yield None
    finally:
        taken.release()


@contextmanager
def alone(database: Path, command: str, now: int) -> Iterator[None]:
    """Hold the lock, for a command that cannot run alongside a tracker. Raises LockedError naming the tracker."""
    with command_lock(database, command, now) as tracker:
        if tracker is not None:
            raise tracker_running_error(tracker, database, command)
        yield


@contextmanager
def of_target(database: Path, target: str, command: str, now: int, *, waits: bool) -> Iterator[bool]:
    """Hold the lock of what is sent to one target, a file next to the database. Yields whether this process got it."""
    path = database.with_name(f"{database.name}-{target}")
    taken = lock.wait(path, this_process(COMMAND, command, now), lambda _: not waits)
    try:
        yield taken is not None
    finally:
        if taken is not None:
            taken.release()


def tracker_running_error(tracker: Holder, database: Path, command: str) -> LockedError:
    return LockedError(
        f"{tracker} has been keeping {database} up to date since {timestamp.to_iso(tracker.since)}; "
        f"stop it before running `claude-tracker {command}`"
    )
