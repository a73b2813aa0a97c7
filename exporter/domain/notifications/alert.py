"""Alerts from Alertmanager, and which of them the tracker has already sent as its own warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from exporter.domain.calendar.timestamp import HOUR, SECOND
from exporter.domain.notifications.warning import Kind, Notification, Severity, WarningKey

MAX_TITLE, MAX_TEXT = 200, 1_000
MAX_WAIT_AGE_MS = HOUR
"""A wait that is over covers an alert that came at most this long after its start."""
COVERED_BY: Mapping[str, frozenset[Kind]] = {
    "usage_warning": frozenset(("usage_warning", "usage_critical", "limit_hit")),
    "usage_critical": frozenset(("usage_critical", "limit_hit")),
    "limit_before_reset": frozenset(("limit_before_reset", "limit_hit")),
    "usage_pace": frozenset(("usage_pace", "usage_warning", "usage_critical", "limit_before_reset", "limit_hit")),
    "block_ending": frozenset(("block_ending",)),
    "limit_hit": frozenset(("limit_hit",)),
    "session_waiting": frozenset(("session_waiting",)),
    "budget_pace": frozenset(("budget_pace", "budget_reached")),
    "budget_reached": frozenset(("budget_reached",)),
}
"""For each kind of alert, the tracker's own warnings that say the same or more."""


class Alert(msgspec.Struct, frozen=True):
    """A firing alert. `fingerprint`: of its labels. `started_at`: ms.

    `kind`, `window` and `suffix`: the tracker's own warning that says the same; None if there is none. `account`: its
    label; `suffix`: of subjects of that account. `budget`: its name.
    """

    fingerprint: str
    started_at: int
    severity: Severity
    title: str
    text: str
    kind: str | None = None
    window: str | None = None
    account: str | None = None
    suffix: str = ""
    budget: str | None = None


def alert_notification(alert: Alert) -> Notification:
    """Convert an alert to a notification."""
    key = WarningKey("alert", alert.fingerprint, alert.started_at)
    return Notification(key, alert.severity, _sanitize(alert.title, MAX_TITLE), _sanitize(alert.text, MAX_TEXT))


def _sanitize(text: str, max_length: int) -> str:
    """Shorten to one line without control characters, which a log or a command could misread."""
    return "".join(character if character.isprintable() else " " for character in text[:max_length])


def is_already_sent(alert: Alert, sent: Sequence[WarningKey], now: int) -> bool:
    """Whether the alert was already sent since it fires, or is covered by one of our own warnings that still holds."""
    return any(_is_same_alert(one, alert) or _covers(one, alert, now) for one in sent)


def _is_same_alert(key: WarningKey, alert: Alert) -> bool:
    """Its reported start may be earlier than before, but not later."""
    return key.kind == "alert" and key.subject == alert.fingerprint and alert.started_at < key.until + SECOND


def _covers(key: WarningKey, alert: Alert, now: int) -> bool:
    if key.kind not in COVERED_BY.get(alert.kind or "", ()):
        return False
    if key.kind == "session_waiting":  # a wait that goes on was reported, however long ago
        return not key.is_withdrawn or key.until >= alert.started_at - MAX_WAIT_AGE_MS
    if alert.budget is not None:
        is_of_subject = key.subject == alert.budget
    else:
        is_of_subject = alert.window is None or key.subject == alert.window + alert.suffix
    return not key.is_withdrawn and key.until > now and is_of_subject
