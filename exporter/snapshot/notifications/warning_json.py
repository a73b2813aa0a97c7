"""Notifications as JSON."""

from __future__ import annotations

from typing import Any

from exporter.domain.calendar import timestamp
from exporter.domain.notifications.warning import SentNotification


def warning_json(sent: SentNotification) -> dict[str, Any]:
    """A notification. `topic`: a newer one of the same topic replaces it."""
    notification = sent.notification
    return {
        "kind": notification.key.kind,
        "subject": notification.key.subject,
        "topic": notification.key.topic,
        "severity": notification.severity,
        "title": notification.title,
        "text": notification.text,
        "at": timestamp.to_iso(sent.at),
    }
