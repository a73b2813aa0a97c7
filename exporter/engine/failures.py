"""Logs the failures of the ingest thread: one that repeats is logged once."""

from __future__ import annotations

import logging

from exporter.errors import TrackerError

log = logging.getLogger(__name__)


class FailureLog:
    """Remembers the last failure until `clear`."""

    def __init__(self) -> None:
        self._last = ""

    def clear(self) -> None:
        self._last = ""

    def note(self, error: Exception) -> None:
        """Log the failure, unless it is the last one again."""
        repeated, self._last = str(error) == self._last, str(error)
        if repeated:
            return
        if isinstance(error, TrackerError):
            log.error("%s", error)
        else:
            log.error("ingesting failed; retrying", exc_info=error)
