"""Tells warnings outside the program: as a desktop notification, and to a command of the user's.

Each way has a thread of its own, so that one that hangs holds up nothing; what fails is logged and forgotten.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import msgspec

from exporter.domain.warning import Notice

log = logging.getLogger(__name__)

COMMAND_SECONDS = 30.0
MOST_WAITING = 1_000
Deliver = Callable[[Notice], None]


class Apart:
    """Delivers on a thread of its own, one after the other; beyond `MOST_WAITING` what comes is dropped, and said."""

    def __init__(self, name: str, deliver: Deliver) -> None:
        self._name = name
        self._deliver = deliver
        self._waiting: queue.Queue[Notice] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None

    def __call__(self, notice: Notice) -> None:
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


class Desktop:
    """The desktop's notifications, where there is a desktop."""

    def __init__(self) -> None:
        self._told_absent = False

    def __call__(self, notice: Notice) -> None:
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


class Command:
    """A command of the user's: the warning is its standard input, as JSON, and its title and text are in the
    environment. Raises OSError and SubprocessError.
    """

    def __init__(self, command: str, seconds: float = COMMAND_SECONDS) -> None:
        self._command = command
        self._seconds = seconds

    def __call__(self, notice: Notice) -> None:
        told = {
            "kind": notice.warned.kind,
            "subject": notice.warned.subject,
            "severity": notice.severity,
            "title": notice.title,
            "text": notice.text,
        }
        environment = {f"CLAUDE_TRACKER_WARNING_{key.upper()}": value for key, value in told.items()}
        running = subprocess.Popen(
            self._command,
            shell=True,  # it is the user's own, as they would type it
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | environment,
            start_new_session=os.name == "posix",  # so that all it started can be ended
        )
        try:
            running.communicate(msgspec.json.encode(told) + b"\n", timeout=self._seconds)
        except subprocess.TimeoutExpired:
            if os.name == "posix":
                os.killpg(running.pid, signal.SIGKILL)
            running.kill()
            running.wait()
            raise
        if running.returncode:
            log.warning("the command for warnings ended with %s", running.returncode)
