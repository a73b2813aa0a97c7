"""Tells warnings outside the program: as a desktop notification, and to a command of the user's.

Each way has a thread of its own, so that one that hangs holds up nothing; what fails is logged and forgotten.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess

import msgspec

from exporter.domain.notifications.warning import Notification

log = logging.getLogger(__name__)

COMMAND_SECONDS = 30.0


class Command:
    """A command of the user's: the warning is its standard input, as JSON, and its title and text are in the
    environment. Raises OSError and SubprocessError.
    """

    def __init__(self, command: str, seconds: float = COMMAND_SECONDS) -> None:
        self._command = command
        self._seconds = seconds

    def __call__(self, notice: Notification) -> None:
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
