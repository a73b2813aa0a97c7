"""Tells what cannot be read once, not at every look."""

from __future__ import annotations

import logging
from collections.abc import Iterable

log = logging.getLogger(__name__)


class ErrorLog:
    """Of one collector. What is gone at one look and there again at the next is told again."""

    def __init__(self) -> None:
        self._told: frozenset[str] = frozenset()

    def tell(self, errors: Iterable[str]) -> None:
        """All that could not be read at this look."""
        now = list(errors)
        for error in now:
            if error not in self._told:
                log.warning("cannot read %s", error)
        self._told = frozenset(now)
