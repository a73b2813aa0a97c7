"""Tells warnings outside the program: as a desktop notification, and to a command of the user's.

Each way has a thread of its own, so that one that hangs holds up nothing; what fails is logged and forgotten.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from exporter.domain.notifications.warning import Notification

log = logging.getLogger(__name__)

MOST_WAITING = 1_000
Deliver = Callable[[Notification], None]


class QueuedDelivery:
    """Delivers on a thread of its own, one after the other; beyond `MOST_WAITING` what comes is dropped, and said."""

    def __init__(self, name: str, deliver: Deliver) -> None:
        self._name = name
        self._deliver = deliver
        self._waiting: queue.Queue[Notification] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None

    def __call__(self, notice: Notification) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"notify {self._name}", daemon=True)
            self._thread.start()
        try:
            self._waiting.put_nowait(notice)
        except queue.Full:
            log.warning("%s does not keep up, so that a warning could not be told: %s", self._name, notice)

    def _work(self) -> None:
        while True:
            notice = self._waiting.get()
            try:
                self._deliver(notice)
            except Exception as error:  # noqa: BLE001 - whatever a desktop or a user's command does wrong
                log.warning("%s could not tell a warning: %s", self._name, error)
