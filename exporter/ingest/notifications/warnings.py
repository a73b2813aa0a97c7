"""Tells warnings when they are due, each once: the tracker's own, and what Alertmanager hands on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import tzinfo

from exporter.domain.calendar.timestamp import DAY
from exporter.domain.notifications.alert import Alert, is_told, notice_of
from exporter.domain.notifications.warning import Facts, Notification, QuietHours, Thresholds, due, over
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
        deliver: Sequence[Callable[[Notification], None]],
    ) -> None:
        self._store = store
        self._facts = facts
        self._thresholds = thresholds
        self._quiet = quiet
        self._zone = zone
        self._deliver = deliver

    def check(self) -> list[Notification]:
        """What was told now. Raises DatabaseError, with nothing told."""
        facts = self._facts()
        if facts is None or self._is_quiet(facts.now):
            return []
        told = self._store.warned(facts.now - 8 * DAY)
        if ended := over(facts, self._thresholds, told):
            self._store.end_warned(ended, facts.now)
            told = self._store.warned(facts.now - 8 * DAY)
        return self._tell(due(facts, self._thresholds, told), facts.now)

    def hand_on(self, alerts: Sequence[Alert], now: int) -> list[Notification]:
        """The same for alerts that fire at `now` (ms), as Alertmanager says, which says so again and again."""
        if self._is_quiet(now):
            return []
        told = self._store.warned(now - 8 * DAY)
        notices: list[Notification] = []
        for alert in alerts:
            if not is_told(alert, [*told, *(notice.warned for notice in notices)], now):
                notices.append(notice_of(alert))
        return self._tell(notices, now)

    def _is_quiet(self, now: int) -> bool:
        return self._quiet is not None and self._quiet.hold(now, self._zone)

    def _tell(self, notices: list[Notification], now: int) -> list[Notification]:
        if notices:
            self._store.keep_warned(notices, now)
        for notice in notices:
            log.warning("%s", notice)
            for deliver in self._deliver:
                deliver(notice)
        return notices
