"""Sends notifications when they are due, each once: the tracker's own, and those of Alertmanager."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import tzinfo

from msgspec.structs import replace

from exporter.domain.calendar.timestamp import DAY
from exporter.domain.notifications.alert import Alert, alert_notification, is_already_sent
from exporter.domain.notifications.budgets import budget_notifications, withdrawn_budgets
from exporter.domain.notifications.due import due_notifications, expired_warnings, withdrawn
from exporter.domain.notifications.facts import WarningFacts
from exporter.domain.notifications.warning import Notification, QuietHours, Thresholds, WarningKey
from exporter.store.store import Store

log = logging.getLogger(__name__)


class Warnings:
    """Checks the facts. `deliver`: functions that are called with each notification, after its commit. Must not block.

    During quiet hours notifications are held; those still valid are sent afterwards.
    """

    def __init__(
        self,
        store: Store,
        facts: Callable[[], WarningFacts | None],
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
        """Send the notifications that are due, and return them. Raises DatabaseError without sending any."""
        facts = self._facts()
        if facts is None:
            return []
        self._store.save_said(facts.said, facts.now)
        sent = self._sent(facts.now)
        wrong = withdrawn(facts, self._thresholds, sent) + withdrawn_budgets(facts.budgets, sent)
        if wrong:
            self._store.withdraw_warnings(wrong, facts.now)
            sent = self._sent(facts.now)
        if self._is_quiet(facts.now):
            return []
        if ended := expired_warnings(facts, self._thresholds, sent):
            self._store.expire_warnings(ended, facts.now)
            sent = self._sent(facts.now)
        due = due_notifications(facts, self._thresholds, sent, self._zone)
        due += budget_notifications(facts.budgets, facts.now, sent)
        return self._send(due, facts.now)

    def _sent(self, now: int) -> list[WarningKey]:
        return self._store.sent_warnings(now - 8 * DAY)

    def forward_alerts(self, alerts: Sequence[Alert], now: int) -> list[Notification]:
        """The same for alerts that fire at `now` (ms). Alertmanager repeats them."""
        if self._is_quiet(now):
            return []
        sent = self._sent(now)
        notices: list[Notification] = []
        suffixes = self._store.suffixes_by_label()
        for alert in (replace(one, suffix=suffixes.get(one.account or "", "")) for one in alerts):
            if not is_already_sent(alert, [*sent, *(notice.key for notice in notices)], now):
                notices.append(alert_notification(alert))
        return self._send(notices, now)

    def _is_quiet(self, now: int) -> bool:
        return self._quiet is not None and self._quiet.holds(now, self._zone)

    def _send(self, notices: list[Notification], now: int) -> list[Notification]:
        if notices:
            self._store.save_warnings(notices, now)
        for notice in notices:
            log.warning("%s", notice)
            for deliver in self._deliver:
                deliver(notice)
        return notices
