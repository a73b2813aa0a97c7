"""The tracker as a service, for what stops and starts it during an update."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from exporter.errors import InstallationError
from exporter.ingest import lock
from exporter.service import platform
from exporter.service.definition import Command, Service, Start

WAIT_SECONDS = 30.0
_POLL_SECONDS = 0.1


class RunningService(NamedTuple):
    """A service that runs. It starts the command at a path that survives updates."""

    service: Service
    database: Path

    def __str__(self) -> str:
        return f"the service {self.service.file.name}"

    @property
    def databases(self) -> Sequence[Path]:
        return [self.database]

    def stop(self) -> None:
        self._run(self.service.stop)
        self._wait(runs=False, what="does not stop: stop it, then try again")

    def start(self, command: Path | None) -> RunningService:
        self._run(self.service.start)
        self._wait(runs=True, what="does not start again: look at `claude-tracker service logs`")
        return self

    def _run(self, command: Command) -> None:
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            raise InstallationError(f"{' '.join(command)} failed (exit code {done.returncode})")

    def _wait(self, *, runs: bool, what: str) -> None:
        give_up = time.monotonic() + WAIT_SECONDS
        while (lock.tracker_of(self.database) is not None) != runs:
            if time.monotonic() > give_up:
                raise InstallationError(f"{self} {what}")
            time.sleep(_POLL_SECONDS)


def running_service(database: Path) -> RunningService | None:
    """The installed service, if it runs."""
    found = platform.service(Start((), {}))
    if found is None or not found.file.exists() or shutil.which(found.is_active[0]) is None:
        return None
    is_active = subprocess.run(found.is_active, capture_output=True, check=False).returncode == 0
    return RunningService(found, database) if is_active else None
