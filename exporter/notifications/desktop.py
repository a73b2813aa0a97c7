"""Sends notifications to the desktop."""

from __future__ import annotations

import html
import logging
import os
import sys

from exporter.domain.notifications.warning import Notification
from exporter.domain.text import visible

log = logging.getLogger(__name__)


def has_desktop() -> bool:
    """Whether anybody could see a notification."""
    return sys.platform != "linux" or any(map(os.environ.get, ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY")))


class Desktop:
    """Shows a desktop notification, if there is a desktop."""

    def __init__(self) -> None:
        self._logged_absence = False

    def __call__(self, notice: Notification) -> None:
        if not has_desktop():
            if not self._logged_absence:
                log.info("no desktop found: notifications are only logged")
            self._logged_absence = True
            return
        from desktop_notifier import Urgency
        from desktop_notifier.sync import DesktopNotifierSync

        logging.getLogger("desktop_notifier").setLevel(logging.CRITICAL)  # it logs a traceback each time
        urgency = Urgency.Critical if notice.severity == "critical" else Urgency.Normal
        DesktopNotifierSync(app_name="claude-tracker").send(visible(notice.title), body_of(notice.text), urgency)


def body_of(text: str, platform: str = sys.platform) -> str:
    """The text of a notification. Linux desktops interpret markup in it, such as links and images."""
    shown = visible(text)
    return html.escape(shown, quote=False) if platform == "linux" else shown
