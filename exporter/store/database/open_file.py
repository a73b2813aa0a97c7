"""The database file that a writer has open: whether it is still the one at its path, and its checkpoints."""

from __future__ import annotations

import ctypes
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from exporter.errors import DatabaseError, OverwrittenError, ReplacedError
from exporter.store.database import owner
from exporter.store.database.content import content_of, read
from exporter.store.database.owner import Owner, file_id, real_path

CHECKPOINT_BYTES = 4 << 20
"""Size of the journal above which a commit is followed by a checkpoint; SQLite's own default."""


class OpenFile:
    """The file behind the writing connection. Nothing is written once another file, or other content, is at the path.

    SQLite's own checkpoints are off (`connection`), so that each one can be recorded with the owner of the journal.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self.file = file_id(path)
        """Device and inode."""
        self._is_overwritten = False
        self._owner: Owner | None = None
        self._base = read(connection).without_commits()
        with suppress(sqlite3.Error):  # not whole without its journal
            self._base = content_of(path)
        self._checkpoint()

    def check(self) -> None:
        """Call it before each transaction. Raises ReplacedError, OverwrittenError."""
        try:
            found = os.stat(self.path)
        except OSError as error:
            raise ReplacedError(
                f"{self.path} was moved or deleted: put it back, or restart the tracker to make a new one"
            ) from error
        if self.file != (found.st_dev, found.st_ino):
            raise ReplacedError(f"another file replaced {self.path}")
        if self._is_overwritten or not (self._is_unchanged(found) or self._is_checkpointed_by_others()):
            self._is_overwritten = True
            raise OverwrittenError(f"{self.path} was overwritten while it was open; nothing was written to it since")

    def is_current(self) -> bool:
        """Whether `check` passes, or the file is merely missing: it may come back."""
        try:
            self.check()
        except OverwrittenError:
            raise
        except ReplacedError:
            return file_id(self.path) is None
        return True

    def checkpoint_when_due(self) -> None:
        """Call it after each transaction. What cannot be written now is after the next one. Raises DatabaseError."""
        with suppress(OSError, sqlite3.Error):
            if self._owner is not None and not self._owner.salt:
                self._record()  # the journal was empty
            if os.stat(real_path(self.path, "-wal")).st_size >= CHECKPOINT_BYTES:
                self.check()
                self._checkpoint()

    def empty_journal(self) -> None:
        """After a failure, as on a full disk: what is in the journal needs no more room once it is in the database."""
        with suppress(OSError, sqlite3.Error, DatabaseError):
            self.check()
            self._checkpoint()

    def close(self) -> None:
        """Close the connection. After an overwrite it stays open: closing it would write its journal into the file."""
        with suppress(DatabaseError):
            self.check()
        if self._is_overwritten:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._connection))
            return
        self._connection.close()
        owner.forget_without_journal(self.path)

    def _checkpoint(self) -> None:
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._record()

    def _record(self) -> None:
        self._owner = owner.record(self.path, self._base)

    def _is_unchanged(self, found: os.stat_result) -> bool:
        """Whether the file itself was not written since our last checkpoint."""
        return self._owner is None or (self._owner.size, self._owner.mtime_ns) == (found.st_size, found.st_mtime_ns)

    def _is_checkpointed_by_others(self) -> bool:
        """Whether the change is a checkpoint of another connection, which is then recorded."""
        assert self._owner is not None
        earlier, current = self._owner.content, read(self._connection)
        try:
            with suppress(sqlite3.Error):
                content = content_of(self.path)
                if content.may_follow(earlier) and current.may_follow(content):
                    self._record()
                    return True
            if owner.try_on_copy(self.path, earlier) is not owner.Fit.OWN:
                return False
            self._record()
        except OSError:
            return False
        return True
