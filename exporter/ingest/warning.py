"""Tells the tracker's own warnings when they are due, each once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import tzinfo

from exporter.domain.timestamp import DAY
from exporter.domain.warning import Facts, Notice, QuietHours, Thresholds, due
from exporter.store.store import Store

log = logging.getLogger(__name__)


class Warnings:
    """Checks the facts when asked. `deliver`: each is called with each warning, after its commit, and must not wait.

    In quiet hours nothing is told; what is still so afterwards is told then.
    """

    def __init__(
        self,
        store: Store,
        facts: Callable[[], Facts | None],
        thresholds: Thresholds,
        quiet: QuietHours | None,
        zone: tzinfo | None,
        deliver: Sequence[Callable[[Notice], None]],
    ) -> None:
        self._store = store
        self._facts = facts
        self._thresholds = thresholds
        self._quiet = quiet
        self._zone = zone
        self._deliver = deliver

    def check(self) -> list[Notice]:
        """What was told now. Raises DatabaseError, with nothing told."""
        facts = self._facts()
        if facts is None or (self._quiet is not None and self._quiet.hold(facts.now, self._zone)):
            return []
        notices = due(facts, self._thresholds, self._store.warned(facts.now - 8 * DAY))
        if notices:
            self._store.keep_warned(notices, facts.now)
        for notice in notices:
            log.warning("%s", notice)
            for deliver in self._deliver:
                deliver(notice)
        return notices
