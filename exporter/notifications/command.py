"""Sends notifications to a command of the user."""

from __future__ import annotations

import logging
import os
import signal
import subprocess

import msgspec

from exporter.domain.notifications.warning import Notification
from exporter.domain.text import visible

log = logging.getLogger(__name__)

COMMAND_SECONDS = 30.0
MAX_CHARACTERS = 4_000
"""Of a field in the environment, which is bounded. The JSON has everything."""


class Command:
    """Runs the command with the notification as JSON on standard input, and its fields in the environment.

    The environment cannot hold every character, so there they are `visible`.

    Raises OSError and SubprocessError.
    """

    def __init__(self, command: str, seconds: float = COMMAND_SECONDS) -> None:
        self._command = command
        self._seconds = seconds

    def __call__(self, notice: Notification) -> None:
        payload = {
            "kind": notice.key.kind,
            "subject": notice.key.subject,
            "severity": notice.severity,
            "title": notice.title,
            "text": notice.text,
        }
        environment = {
            f"CLAUDE_TRACKER_WARNING_{key.upper()}": visible(value[:MAX_CHARACTERS]) for key, value in payload.items()
        }
        running = subprocess.Popen(
            self._command,
            shell=True,  # the user's own command line
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | environment,
            start_new_session=os.name == "posix",  # to stop its child processes too
        )
        try:
            running.communicate(msgspec.json.encode(payload) + b"\n", timeout=self._seconds)
        except subprocess.TimeoutExpired:
            if os.name == "posix":
                os.killpg(running.pid, signal.SIGKILL)
            running.kill()
            running.wait()
            raise
        if running.returncode:
            log.warning("--warning-command exited with %s", running.returncode)
