"""Delivers notifications in the background: a channel that hangs does not block anything else."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from exporter.domain.notifications.warning import Notification
from exporter.errors import reason

log = logging.getLogger(__name__)

MAX_WAITING = 1_000
Deliver = Callable[[Notification], None]


class QueuedDelivery:
    """Delivers on its own thread, in order. While `MAX_WAITING` wait, new ones are dropped with a log message."""

    def __init__(self, name: str, deliver: Deliver) -> None:
        self._name = name
        self._deliver = deliver
        self._waiting: queue.Queue[Notification] = queue.Queue(MAX_WAITING)
        self._thread: threading.Thread | None = None

    def __call__(self, notice: Notification) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"notify {self._name}", daemon=True)
            self._thread.start()
        try:
            self._waiting.put_nowait(notice)
        except queue.Full:
            log.warning("%s: too many waiting notifications, dropped: %s", self._name, notice)

    def _work(self) -> None:
        while True:
            notice = self._waiting.get()
            try:
                self._deliver(notice)
            except Exception as error:  # noqa: BLE001 - a desktop or a user's command may fail in any way
                log.warning("%s: sending a notification failed: %s", self._name, reason(error))
