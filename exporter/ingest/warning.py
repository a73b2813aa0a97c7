"""Tells the tracker's own warnings when they are due, each once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import tzinfo

from exporter.domain.timestamp import DAY
from exporter.domain.warning import Facts, Notice, QuietHours, Thresholds, due, over
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
        told = self._store.warned(facts.now - 8 * DAY)
        if ended := over(facts, self._thresholds, told):
            self._store.end_warned(ended, facts.now)
            told = self._store.warned(facts.now - 8 * DAY)
        notices = due(facts, self._thresholds, told)
        if notices:
            self._store.keep_warned(notices, facts.now)
        for notice in notices:
            log.warning("%s", notice)
            for deliver in self._deliver:
                deliver(notice)
        return notices
