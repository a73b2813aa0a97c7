"""Reads limit files into the store, and deletes spooled files once they are stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exporter.domain.notifications.alert import Alert
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
    taken = files.read(clock())
    if taken.readings:
        store.take_readings(taken.readings, clock())
    if taken.hits:
        store.take_hits(taken.hits, clock())
    if taken.alerts and forward is not None:
        forward(taken.alerts)
    files.remove(taken.spool_files)
    return taken.ok
