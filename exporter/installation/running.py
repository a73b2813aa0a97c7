"""Trackers that run: finding them, stopping them for an update, and starting them again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

import psutil

from exporter.errors import InstallationError, reason
from exporter.ingest import lock

STOP_SECONDS = 30.0
START_SECONDS = 30.0
_STEADY_SECONDS = 1.0
"""How long a started tracker has to run: one whose address is in use ends sooner."""
_POLL_SECONDS = 0.05


class Running(Protocol):
    """What keeps a tracker running: a process of its own, or a service. `str()`: its name in a message."""

    @property
    def databases(self) -> Sequence[Path]:
        """Those that it writes."""

    def stop(self) -> None:
        """Stop it, and wait for its end. Raises InstallationError if it keeps running."""

    def start(self, command: Path | None) -> Running:
        """Start it again, and wait until it runs. `command`: instead of the one that it was started with.

        Raises InstallationError; then it does not run.
        """


class TrackerProcess(NamedTuple):
    """A tracker that somebody started. `program`, `arguments`: its command line. `log`: for it when started again."""

    pid: int
    database: Path
    program: Sequence[str]
    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path

    def __str__(self) -> str:
        return f"`{' '.join(('claude-tracker', *self.arguments[:1]))}` (pid {self.pid})"

    @property
    def databases(self) -> Sequence[Path]:
        return [self.database]

    def stop(self) -> None:
        give_up = time.monotonic() + STOP_SECONDS
        try:
            psutil.Process(self.pid).terminate()
            while lock.is_alive(self.pid) and time.monotonic() < give_up:
                time.sleep(_POLL_SECONDS)
        except psutil.NoSuchProcess:
            return
        except psutil.AccessDenied as error:
            raise InstallationError(f"{self} cannot be stopped: stop it, then try again") from error
        if lock.is_alive(self.pid):
            raise InstallationError(f"{self} does not stop: stop it, then try again")

    def start(self, command: Path | None) -> TrackerProcess:
        program = self.program if command is None else [str(command)]
        try:
            with self.log.open("ab") as output:
                process = subprocess.Popen(
                    [*program, *self.arguments],
                    cwd=self.folder if self.folder.is_dir() else Path.home(),
                    env=dict(self.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
        except OSError as error:
            raise InstallationError(f"cannot start {program[0]}: {reason(error)}") from error
        if not _has_started(process, self.database):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise InstallationError(f"{self} does not start again; its log is {self.log}")
        process.returncode = 0  # it outlives this command, so Python need not warn that it still runs
        return self._replace(pid=process.pid, program=program)


def _has_started(process: subprocess.Popen[bytes], database: Path) -> bool:
    """Wait until it holds the lock of its database and keeps running."""
    give_up, holds_since = time.monotonic() + START_SECONDS, None
    while process.poll() is None and (now := time.monotonic()) < give_up:
        holder = lock.held_by(database)
        if holder is not None and holder.pid == process.pid:
            holds_since = holds_since or now
            if now - holds_since >= _STEADY_SECONDS:
                return True
        time.sleep(_POLL_SECONDS)
    return False


def find_trackers(database: Path, app: Path, log: Path) -> list[Running]:
    """The tracker of a database, and those of others that run a version installed in `app`.

    Raises InstallationError if it cannot be started again.
    """
    found: dict[int, Running] = {}
    if (holder := lock.tracker_of(database)) is not None:
        tracker = _described(holder.pid, database, log)
        if tracker is None:
            raise InstallationError(f"{holder} is using {database}: stop it, then try again")
        found[holder.pid] = tracker
    for pid, path in _installed(app):
        if pid not in found and (tracker := _described(pid, path, log)) is not None:
            found[pid] = tracker
    return list(found.values())


def _installed(app: Path) -> Iterator[tuple[int, Path]]:
    """The trackers that run a version installed in `app`, each with its database."""
    for process in psutil.process_iter():
        try:
            if not any(Path(word).is_relative_to(app) for word in process.cmdline()[:2]):
                continue
            databases = lock.databases_held_by([file.path for file in process.open_files()])
        except (psutil.Error, OSError):
            continue
        for path in databases:
            holder = lock.tracker_of(path)
            if holder is not None and holder.pid == process.pid:
                yield process.pid, path


def _described(pid: int, database: Path, log: Path) -> TrackerProcess | None:
    """None if it has ended, or is not ours to start."""
    try:
        process = psutil.Process(pid)
        words = process.cmdline()
        length = length_of_program(words)
        if not length:
            return None
        environment, folder = process.environ(), Path(process.cwd())
        return TrackerProcess(pid, database, words[:length], words[length:], environment, folder, log)
    except (psutil.Error, OSError):
        return None


def length_of_program(command_line: Sequence[str]) -> int:
    """How many words are before the arguments: up to `claude-tracker` or `-m exporter`. 0 if it is another program."""
    for place, word in enumerate(command_line[:6]):
        if os.path.basename(word) == "claude-tracker" or command_line[place - 1 : place + 1] == ["-m", "exporter"]:
            return place + 1
    return 0
