"""Logs each read error once, not on every attempt."""

from __future__ import annotations

import logging
from collections.abc import Iterable

log = logging.getLogger(__name__)


class ErrorLog:
    """The read errors of one collector. An error that disappears and comes back is logged again."""

    def __init__(self) -> None:
        self._logged: frozenset[str] = frozenset()

    def log_new(self, errors: Iterable[str]) -> None:
        """Log the errors that are new. `errors`: everything that could not be read in this attempt."""
        now = list(errors)
        for error in now:
            if error not in self._logged:
                log.warning("cannot read %s", error)
        self._logged = frozenset(now)
