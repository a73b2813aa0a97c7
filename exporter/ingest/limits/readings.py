"""Reads limit files into the store, and deletes spooled files once they are stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exporter.domain.notifications.alert import Alert
from exporter.domain.usage.bounds import is_in_time
from exporter.sources.limits.files import LimitFiles
from exporter.store.store import Store


def take_limits(
    store: Store,
    files: LimitFiles,
    clock: Callable[[], int],
    forward: Callable[[Sequence[Alert]], object] | None = None,
) -> bool:
    """Store readings, hits and alerts. Returns whether everything could be read.

    `forward`: sends the submitted alerts; None if there is no way to send them.
    Raises DatabaseError, without deleting any file.
    """
    now = clock()
    taken = files.read(now)
    if readings := [reading for reading in taken.readings if is_in_time(reading.reading.observed_at, now)]:
        store.take_readings(readings, now)
    if hits := [hit for hit in taken.hits if is_in_time(hit.hit.at, now)]:
        store.take_hits(hits, now)
    if taken.alerts and forward is not None:
        forward(taken.alerts)
    files.remove(taken.spool_files)
    return taken.ok
