"""The ingest lock: one process at a time reads transcripts into a database.

It is the operating system's lock on a file beside the database, so it ends with its holder however that
ends. The file's text says who holds it; without the lock it means nothing.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from exporter.errors import DatabaseError

TRACKER = "tracker"
"""Holds the lock as long as it lives; `COMMAND` only until its work is done."""
COMMAND = "command"

_POLL_SECONDS = 0.1


class Holder(msgspec.Struct, frozen=True):
    """Who holds the lock. `since`: ms. `detects`: whether it looks for running sessions all the time."""

    pid: int
    kind: str
    command: str
    since: int
    detects: bool = False

    def __str__(self) -> str:
        return f"`{self.command}` (process {self.pid})"


class IngestLock:
    """A lock that is held. Closing it, or ending the process, gives it back."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def release(self) -> None:
        """Give it back. A holder's text stays in the file: it speaks only while the lock is held."""
        os.close(self.fd)


def lock_path(database: Path) -> Path:
    """Beside the database itself, wherever a link to it lies."""
    real = Path(os.path.realpath(database))
    return real.with_name(real.name + ".lock")


def acquire(database: Path, holder: Holder) -> IngestLock | None:
    """The lock, or None while another process holds it. Raises DatabaseError where it cannot be made."""
    path = lock_path(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DatabaseError(
            f"cannot make {path}: {error.strerror}; make the folder writable, or name another database with --database"
        ) from error
    if not _try_lock(fd):
        os.close(fd)
        return None
    text = msgspec.json.encode(holder)
    os.pwrite(fd, text, 0) if hasattr(os, "pwrite") else os.write(fd, text)
    os.ftruncate(fd, len(text))
    return IngestLock(fd)


def held_by(database: Path) -> Holder | None:
    """What the lock file says of its holder; None where it says nothing yet."""
    try:
        return msgspec.json.decode(lock_path(database).read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None


def wait(database: Path, holder: Holder, give_up: Callable[[Holder | None], bool]) -> IngestLock | None:
    """The lock as soon as it is free. `give_up(current holder)` is asked before each wait and may end it."""
    while (lock := acquire(database, holder)) is None:
        if give_up(held_by(database)):
            return None
        time.sleep(_POLL_SECONDS)
    return lock


def is_alive(pid: int) -> bool:
    """Whether this process runs. One that ended but was not asked how does not: its lock is about to be free."""
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _try_lock(fd: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(fd, 1 << 30, os.SEEK_SET)  # far behind the text, which others must be able to read
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(fd, 0, os.SEEK_SET)
        return True
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
