"""Takes readings of the limits into the store, and lets go of what was handed over once it is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from exporter.domain.notifications.alert import Alert
from exporter.sources.limits.files import LimitFiles
from exporter.store.store import Store


def take_limits(
    store: Store, files: LimitFiles, clock: Callable[[], int], tell: Callable[[Sequence[Alert]], object] | None = None
) -> bool:
    """Whether everything could be read. `tell`: tells the alerts that were handed over; None where nobody can.

    Raises DatabaseError, with nothing let go of.
    """
    taken = files.read()
    if taken.readings:
        store.take_readings(taken.readings, clock())
    if taken.hits:
        store.take_hits(taken.hits, clock())
    if taken.alerts and tell is not None:
        tell(taken.alerts)
    for file in taken.handed_over:
        with suppress(OSError):
            file.unlink()
    return taken.ok
