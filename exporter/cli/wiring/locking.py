"""Taking the ingest lock, by what a command is and who holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from exporter.domain.calendar import timestamp
from exporter.errors import LockedError
from exporter.ingest import lock
from exporter.ingest.lock import COMMAND, TRACKER, Holder, IngestLock


def me(kind: str, command: str, now: int, *, detects: bool = False) -> Holder:
    return Holder(os.getpid(), kind, f"claude-tracker {command}", now, detects)


def take_as_tracker(database: Path, command: str, now: int, *, detects: bool) -> IngestLock:
    """The lock for a tracker: it waits for a short command, and for a holder that is dying.

    Raises LockedError naming another tracker, DatabaseError.
    """
    told: list[Holder | None] = []

    def give_up(holder: Holder | None) -> bool:
        if holder is not None and holder.kind == TRACKER and lock.is_alive(holder.pid):
            return True
        if not told or told[-1] != holder:
            click.echo(f"waiting for {holder or 'another claude-tracker'} to end", err=True)
            told.append(holder)
        return False

    taken = lock.wait(database, me(TRACKER, command, now, detects=detects), give_up)
    if taken is None:
        raise LockedError(f"{lock.held_by(database)} already keeps {database} up to date; {_how_to_end()}")
    return taken


def _how_to_end() -> str:
    return "end it first, or name another database with --database"


def tracker_of(database: Path) -> Holder | None:
    """The tracker that lives and holds the lock; None where there is none. Ask only after failing to get it."""
    holder = lock.held_by(database)
    return holder if holder is not None and holder.kind == TRACKER and lock.is_alive(holder.pid) else None


@contextmanager
def as_command(database: Path, command: str, now: int) -> Iterator[Holder | None]:
    """Hold the lock for a short command, waiting for other short ones. Yields the tracker that keeps it instead."""
    taken = lock.wait(database, me(COMMAND, command, now), lambda _: tracker_of(database) is not None)
    if taken is None:
        yield tracker_of(database) or lock.held_by(database)
        return
    try:
        yield None
    finally:
        taken.release()


def refuse_beside(tracker: Holder, database: Path, command: str) -> LockedError:
    return LockedError(
        f"{tracker} keeps {database} up to date since {timestamp.to_iso(tracker.since)}; "
        f"end it before `claude-tracker {command}`"
    )
