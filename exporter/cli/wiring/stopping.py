"""Finds the running tracker of a database, and stops it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from exporter.errors import NotRunningError
from exporter.ingest import lock
from exporter.ingest.lock import Holder

STOP_SECONDS = 15.0
_POLL_SECONDS = 0.05


def stop(database: Path) -> Holder | None:
    """Stop the tracker, and wait until it has ended. Returns which one it was; None if none runs.

    Raises NotRunningError if it does not end.
    """
    found = lock.tracker_of(database)
    if found is None:
        return None
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while (now := lock.tracker_of(database)) is not None and now.pid == found.pid:
        if time.monotonic() > deadline:
            raise NotRunningError(
                f"{found} did not end within {STOP_SECONDS:.0f} s; end the process {found.pid} yourself"
            )
        time.sleep(_POLL_SECONDS)
    return found
