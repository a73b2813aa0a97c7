"""Forgets sessions in a database, under the ingest lock of the caller."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from exporter.cli.clock import clock
from exporter.cli.wiring.updates import print_progress
from exporter.errors import ConfigurationError, LockedError
from exporter.store.open_store import open_store
from exporter.store.sessions import forgetting


def find_sessions(database: Path, session_id: str | None, project: str | None) -> list[str]:
    """The sessions with this id, or of this project. Raises ConfigurationError if it names none, or several."""
    with closing(open_store(database, print_progress)) as store:
        if session_id is None:
            assert project is not None
            found = forgetting.find_by_project(store.connection, project)
            if not found:
                raise ConfigurationError(f"no session of project {project!r}: `sessions --all --json` lists them")
        else:
            found = forgetting.find(store.connection, session_id)
            if session_id in found:
                found = [session_id]
            if len(found) != 1:
                number = "no session has" if not found else f"{len(found)} sessions have"
                raise ConfigurationError(f"{number} an id that starts with {session_id!r}")
        if running := forgetting.running(store.connection, found):
            raise LockedError(f"session {running[0]} is still running: end it first")
    return found


def forget_sessions(database: Path, session_ids: list[str]) -> None:
    """Forget them, and remove what was deleted from the file, too."""
    with closing(open_store(database, print_progress)) as store:
        store.forget(session_ids, clock())
