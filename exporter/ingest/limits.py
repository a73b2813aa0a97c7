"""Takes readings of the limits into the store, and lets go of what was handed over once it is kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from exporter.sources.limits.files import LimitFiles
from exporter.store.store import Store


def take_limits(store: Store, files: LimitFiles, clock: Callable[[], int]) -> bool:
    """Whether everything could be read. Raises DatabaseError, with nothing let go of."""
    taken = files.read()
    if taken.readings:
        store.take_readings(taken.readings, clock())
    if taken.hits:
        store.take_hits(taken.hits, clock())
    for file in taken.handed_over:
        with suppress(OSError):
            file.unlink()
    return taken.ok
