"""The tracker's id: random, made once with the database, and bound to its machine and to what it showed.

Metrics of two trackers under one id would be mixed. So a database gets a new id on another machine, and when it is
older than what was last shown under its id: a backup that was put back counts from there on its own.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

import platformdirs

from exporter.errors import reason
from exporter.files import open_regular, read_file
from exporter.store.store import Store

log = logging.getLogger(__name__)

MAX_BYTES = 64


def default_folder() -> Path:
    """Where to keep what was shown, outside the database."""
    return Path(platformdirs.user_state_dir("claude-tracker", appauthor=False)) / "published"


class Identity:
    """The id of one database. `machine`: of `machine_hash`. `folder`: with a file for each id of this user."""

    def __init__(self, store: Store, machine: str | None, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._failed = False
        self._sequence: int | None = None
        self.id = store.claim_id(machine, self._published)

    def note(self) -> None:
        """Note how far the database was shown under its id, if that is new."""
        sequence = self._store.sequence()
        if sequence == self._sequence or self._failed:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd, _ = open_regular(self._folder / self.id, os.O_WRONLY | os.O_CREAT, ours=True)
            try:
                text = str(sequence).encode()
                os.write(fd, text)
                os.ftruncate(fd, len(text))
            finally:
                os.close(fd)
        except OSError as error:
            log.warning("cannot write to %s, so a restored database keeps its id: %s", self._folder, reason(error))
            self._failed = True
        self._sequence = sequence

    def _published(self, tracker: str) -> int:
        """The last sequence that was shown under an id; 0 if none is known."""
        with suppress(OSError, ValueError):
            return int(read_file(self._folder / tracker, MAX_BYTES, ours=True))
        return 0
