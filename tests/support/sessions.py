"""Processes that look like Claude's: copies of a system binary under the paths that matter."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

from exporter.domain.sessions.process import MADE_UP
from exporter.domain.sessions.session import SessionRow
from exporter.snapshot.sessions import session_history
from exporter.sources.sessions.process_start import start_token
from exporter.store.reader import Reader
from support.services import require_program


class Processes:
    """Starts them, and ends those that still run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pid in list(self._running):
            self.end(pid)

    def binary(self, path: str, of: str = "sleep") -> Path:
        """A copy of a program at a path below the folder, marked: a tracker of this machine's user ignores it."""
        copy = self._folder / MADE_UP / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.exists():
            shutil.copy(require_program(of), copy)
        return copy

    def start(self, *argv: str | Path, cwd: Path) -> int:
        """The pid."""
        cwd.mkdir(parents=True, exist_ok=True)
        started = subprocess.Popen(argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self._running[started.pid] = started
        return started.pid

    def end(self, pid: int) -> None:
        """By SIGKILL, as a crash ends it."""
        process = self._running.pop(pid)
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()

    @property
    def pids(self) -> set[int]:
        return set(self._running)


def register(config: Path, pid: int, session: str, cwd: Path, status: str = "idle") -> Path:
    """Write a process's record as Claude Code does; its path."""
    file = config / "sessions" / f"{pid}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    record = {"pid": pid, "sessionId": session, "cwd": str(cwd), "procStart": start_token(pid), "version": "2.1.197"}
    file.write_text(json.dumps({**record, "kind": "interactive", "entrypoint": "cli", "status": status}))
    return file


def active(database: Path, pids: set[int]) -> dict[int, SessionRow]:
    """The sessions that run on these processes, by pid; others of the machine are passed over."""
    reader = Reader(database)
    try:
        rows: Iterator[SessionRow] = iter(session_history.active_sessions(reader))
        return {row.process_id: row for row in rows if row.process_id in pids}
    finally:
        reader.close()
