"""Tells warnings outside the program: as a desktop notification, and to a command of the user's.

Each way has a thread of its own, so that one that hangs holds up nothing; what fails is logged and forgotten.
"""

from __future__ import annotations

import logging
import os
import sys

from exporter.domain.notifications.warning import Notification

log = logging.getLogger(__name__)


class Desktop:
    """The desktop's notifications, where there is a desktop."""

    def __init__(self) -> None:
        self._told_absent = False

    def __call__(self, notice: Notification) -> None:
        if sys.platform == "linux" and not any(map(os.environ.get, ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY"))):
            if not self._told_absent:
                log.info("there is no desktop to show warnings on; they are in this log")
            self._told_absent = True
            return
        from desktop_notifier import Urgency
        from desktop_notifier.sync import DesktopNotifierSync

        logging.getLogger("desktop_notifier").setLevel(logging.CRITICAL)  # it logs a traceback each time
        urgency = Urgency.Critical if notice.severity == "critical" else Urgency.Normal
        DesktopNotifierSync(app_name="claude-tracker").send(notice.title, notice.text, urgency)
