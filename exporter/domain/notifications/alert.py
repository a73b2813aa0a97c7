"""Alerts that Alertmanager hands on, and which of them the tracker told already by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from exporter.domain.calendar.timestamp import HOUR, SECOND
from exporter.domain.notifications.warning import Kind, Notification, Severity, WarningKey

LONGEST_TITLE, LONGEST_TEXT = 200, 1_000
SAME_WAIT_MS = HOUR
"""An alert of waiting sessions is of any wait that began so long before it at the most."""
TOLD_BY: Mapping[str, frozenset[Kind]] = {
    "usage_warning": frozenset(("usage_warning", "usage_critical", "limit_hit")),
    "usage_critical": frozenset(("usage_critical", "limit_hit")),
    "limit_before_reset": frozenset(("limit_before_reset", "limit_hit")),
    "block_ending": frozenset(("block_ending",)),
    "limit_hit": frozenset(("limit_hit",)),
    "session_waiting": frozenset(("session_waiting",)),
}
"""The tracker's own warnings that tell as much as an alert of a kind."""


class Alert(msgspec.Struct, frozen=True):
    """An alert that fires. `fingerprint`: of its labels. `started_at`: ms. `kind`: the own warning that tells the same,
    of which `window`; None where there is none.
    """

    fingerprint: str
    started_at: int
    severity: Severity
    title: str
    text: str
    kind: str | None = None
    window: str | None = None


def notice_of(alert: Alert) -> Notification:
    """The alert as a warning."""
    warned = WarningKey("alert", alert.fingerprint, alert.started_at)
    return Notification(warned, alert.severity, _words(alert.title, LONGEST_TITLE), _words(alert.text, LONGEST_TEXT))


def _words(text: str, longest: int) -> str:
    """On one line and without signs that a log or a command could mistake."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:longest])


def is_told(alert: Alert, told: Sequence[WarningKey], now: int) -> bool:
    """Whether it was told already: itself since it fires, or by a warning of our own that still holds."""
    return any(_is_it(one, alert) or _says(one, alert, now) for one in told)


def _is_it(warned: WarningKey, alert: Alert) -> bool:
    """Its beginning may be told earlier than before, but not later."""
    return warned.kind == "alert" and warned.subject == alert.fingerprint and alert.started_at < warned.until + SECOND


def _says(warned: WarningKey, alert: Alert, now: int) -> bool:
    if warned.kind not in TOLD_BY.get(alert.kind or "", ()):
        return False
    if warned.kind == "session_waiting":
        return warned.until >= alert.started_at - SAME_WAIT_MS
    return warned.until > now and (alert.window is None or warned.subject == alert.window)
