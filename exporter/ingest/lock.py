"""The ingest lock: one process at a time reads transcripts into a database.

It is the operating system's lock on a file next to the database, so it always ends with its holder. The file's text
names the holder, and is meaningless without the lock. A second lock, in the user's cache, goes by the database's device
and inode: another path to the same file, or its new name, meets it.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import platformdirs

from exporter.errors import DatabaseError, reason
from exporter.files import open_regular, read_file
from exporter.ingest.platform_lock import try_lock, unlock

TRACKER = "tracker"
"""Kind of a holder that keeps the lock until stopped. A `COMMAND` keeps it until its work is done."""
COMMAND = "command"

MAX_BYTES = 64 << 10
_POLL_SECONDS = 0.1


class Holder(msgspec.Struct, frozen=True):
    """The process that holds the lock. `since`: ms. `detects`: whether it detects running sessions continuously.

    `address`: of its page; None if it has none.
    """

    pid: int
    kind: str
    command: str
    since: int
    detects: bool = False
    address: str | None = None

    def __str__(self) -> str:
        return f"`{self.command}` (pid {self.pid})"


class IngestLock:
    """A lock that is held until `release`, or until the process ends."""

    def __init__(self, fd: int, holder: Holder) -> None:
        self.fd = fd
        self._holder = holder
        self._file: tuple[Path, int] | None = None

    def follow(self, database: Path) -> bool:
        """Lock the file at the path, too. Returns whether no other process holds it. Raises DatabaseError."""
        path = _file_lock_path(database)
        if path is None or (self._file is not None and self._file[0] == path):
            return True
        try:
            fd = _open_locked(path)
        except DatabaseError:  # no place for a second lock: the one next to the database has to do
            return True
        if fd is None:
            return False
        _write_holder(fd, self._holder)
        if self._file is not None:
            os.close(self._file[1])
        self._file = path, fd
        return True

    def name_address(self, address: str) -> None:
        """Show others where the holder's page is."""
        self._holder = msgspec.structs.replace(self._holder, address=address)
        _write_holder(self.fd, self._holder)
        if self._file is not None:
            _write_holder(self._file[1], self._holder)

    def release(self) -> None:
        """The holder's text stays in the files, where it is ignored."""
        os.close(self.fd)
        if self._file is not None:
            os.close(self._file[1])


def lock_path(database: Path) -> Path:
    """Next to the database itself, even if `database` is a link."""
    real = Path(os.path.realpath(database))
    return real.with_name(real.name + ".lock")


def acquire(database: Path, holder: Holder) -> IngestLock | None:
    """The lock, or None while another process holds it. Raises DatabaseError if the file cannot be created."""
    fd = _open_locked(lock_path(database))
    if fd is None:
        return None
    taken = IngestLock(fd, holder)
    if not taken.follow(database):
        taken.release()
        return None
    try:
        _write_holder(fd, holder)
    except OSError as error:
        taken.release()
        raise DatabaseError(f"cannot write the lock file {lock_path(database)}: {reason(error)}") from error
    return taken


@contextmanager
def held_file(path: Path) -> Iterator[bool]:
    """Hold the lock of a file of ours, which is created. Yields False while somebody else holds it.

    Raises DatabaseError.
    """
    fd = _open_locked(path)
    try:
        yield fd is not None
    finally:
        if fd is not None:
            unlock(fd)
            os.close(fd)


def _file_lock_path(database: Path) -> Path | None:
    """None if there is no database yet: then nobody can have it open."""
    try:
        found = os.stat(database)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return locks_folder() / f"{found.st_dev}-{found.st_ino}.lock"


def locks_folder() -> Path:
    """With the second locks, of databases by device and inode."""
    return Path(platformdirs.user_cache_dir("claude-tracker", appauthor=False)) / "locks"


def _open_locked(path: Path) -> int | None:
    """A descriptor that holds the lock, or None while another process holds it. Raises DatabaseError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd, _ = open_regular(path, os.O_RDWR | os.O_CREAT, ours=True)
    except OSError as error:
        raise DatabaseError(
            f"cannot use the lock file {path}: {reason(error)}; {_remedy(error)}, or choose another one with --database"
        ) from error
    if not try_lock(fd):
        os.close(fd)
        return None
    return fd


def _write_holder(fd: int, holder: Holder) -> None:
    text = msgspec.json.encode(holder)
    os.pwrite(fd, text, 0) if hasattr(os, "pwrite") else os.write(fd, text)
    os.ftruncate(fd, len(text))


def _remedy(error: OSError) -> str:
    """What to do: something else is in the lock's place, or the folder is not writable."""
    in_its_place = error.errno in (errno.ELOOP, errno.EINVAL, errno.EISDIR, errno.EPERM)
    return "remove it if no claude-tracker runs" if in_its_place else "make the folder writable"


def held_by(database: Path) -> Holder | None:
    """The latest holder that the lock files name; None if they name none yet."""
    paths = (lock_path(database), _file_lock_path(database))
    holders = [holder for path in paths if path is not None and (holder := _read_holder(path)) is not None]
    return max(holders, key=lambda holder: holder.since, default=None)


def _read_holder(path: Path) -> Holder | None:
    try:
        return msgspec.json.decode(read_file(path, MAX_BYTES, ours=True), type=Holder)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def tracker_of(database: Path) -> Holder | None:
    """The tracker that holds the lock of a database, also before its first read is complete."""
    path, holder = lock_path(database), held_by(database)
    if holder is None or holder.kind != TRACKER or not path.exists() or not is_alive(holder.pid):
        return None
    with held_file(path) as is_free:  # if it is free, another process has the same id by now
        return None if is_free else holder


def databases_held_by(paths: Iterable[str]) -> list[Path]:
    """The databases whose lock files are among these paths of open files."""
    found = (Path(path) for path in paths if path.endswith(".lock"))
    return [path.with_name(path.name.removesuffix(".lock")) for path in found if path.parent != locks_folder()]


def wait(database: Path, holder: Holder, give_up: Callable[[Holder | None], bool]) -> IngestLock | None:
    """The lock as soon as it is free, or None once `give_up(current holder)`, called before each wait, is true."""
    while (lock := acquire(database, holder)) is None:
        if give_up(held_by(database)):
            return None
        time.sleep(_POLL_SECONDS)
    return lock


def is_alive(pid: int) -> bool:
    """Whether this process is running. A zombie is not: its lock is about to be free."""
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
