"""Reads limit files into the store, and deletes spooled files once they are stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exporter.domain.accounts import FolderAccount
from exporter.domain.notifications.alert import Alert
from exporter.domain.usage.bounds import is_in_time
from exporter.sources.limits.files import LimitFiles, LimitsRead
from exporter.store.store import Store


def take_limits(
    store: Store,
    files: LimitFiles,
    accounts: Callable[[int], Sequence[FolderAccount]],
    clock: Callable[[], int],
    forward: Callable[[Sequence[Alert]], object] | None = None,
) -> bool:
    """Store whose folders are whose, and readings, hits and alerts. Returns whether everything could be read.

    `forward`: sends the submitted alerts; None if there is no way to send them.
    Raises DatabaseError, without deleting any file.
    """
    now = clock()
    if found := accounts(now):
        store.take_accounts(found, now)
    taken = take_readings(store, files, now)
    if taken.sessions:
        store.take_facts(taken.sessions, now)
    if caches := [one for one in taken.caches if is_in_time(one[1].answered_at, now)]:
        store.take_cache_lines(caches, now)
    if taken.imported:
        store.take_imported(taken.imported, now)
    if taken.alerts and forward is not None:
        forward(taken.alerts)
    files.remove(taken.spool_files)
    store.calibrate(now)
    store.compare_client_totals(now)
    return taken.ok


def take_readings(store: Store, files: LimitFiles, now: int) -> LimitsRead:
    """Store readings, hits and what else the service says of limits. Returns all that was read.

    Raises DatabaseError.
    """
    taken = files.read(now)
    if readings := [one for one in taken.readings if is_in_time(one.reading.observed_at, now)]:
        store.take_reports(readings, now)
    if hits := [one for one in taken.hits if is_in_time(one.hit.at, now)]:
        store.take_reported_hits(hits, now)
    if taken.credits or taken.surfaces:
        store.take_extras(taken.credits, taken.surfaces, now)
    return taken
