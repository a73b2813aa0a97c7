"""Which file a journal (WAL) belongs to, recorded next to the database, so that it is never applied to another file.

SQLite finds a journal by name alone: it applies the one that a killed process left to any file with the database's
name, such as a restored backup, and damages it (https://www.sqlite.org/howtocorrupt.html, 1.2 and 1.4).
"""

from __future__ import annotations

import errno
import glob
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import NamedTuple

import msgspec

from exporter.files import open_regular, read_file
from exporter.store.database.content import Content, content_of, open_without_journal, read

MAX_BYTES = 4_096


_trying = threading.Lock()
_verdicts: dict[tuple[object, ...], Fit] = {}
"""The last one, so that each request does not try again."""


class FileId(NamedTuple):
    """A file, whatever its name."""

    device: int
    inode: int


class Owner(msgspec.Struct, frozen=True):
    """The owner of a journal: the database's file after the last checkpoint, and the journal then.

    `base`: the content of the file before what this journal holds. `journal`: its inode. `salt`: 0 if it was empty.
    """

    database: FileId
    size: int
    mtime_ns: int
    content: Content
    base: Content
    journal: int
    salt: int


def real_path(path: Path, suffix: str = "") -> Path:
    """The database's file behind links, or with a suffix a file next to it: there SQLite keeps its journal."""
    return Path(os.path.realpath(path) + suffix)


def file_id(path: Path) -> FileId | None:
    """None if there is no file."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return FileId(found.st_dev, found.st_ino)


class Fit(Enum):
    """Whether the journal next to a file belongs to it."""

    OWN = "own"
    STRAY = "stray"
    DAMAGED = "damaged"
    """Neither the file alone nor with its journal is whole."""


def record(path: Path, base: Content) -> Owner | None:
    """Record the present state of the database as the owner of its journal. None if there is no journal.

    `base`: the content before what the journal holds, unless the last record shows it. Call it in a process that keeps
    the database open and writes it, after a checkpoint. Raises OSError.
    """
    try:
        found, journal = os.stat(path), os.stat(real_path(path, "-wal"))
    except FileNotFoundError:
        return None
    salt, last = _salt_of(path), _load(path)
    if last is not None and last.journal == journal.st_ino:
        base = last.base if salt == last.salt else last.content
    try:
        content = content_of(path)
    except sqlite3.Error:  # a reader held up the checkpoint: without its journal the file is not whole
        content = base
    file = FileId(found.st_dev, found.st_ino)
    owner = Owner(file, found.st_size, found.st_mtime_ns, content, base, journal.st_ino, salt)
    _write(real_path(path, "-owner"), msgspec.json.encode(owner))
    return owner


def fit_of_journal(path: Path) -> Fit:
    """Whether the journal next to the file was made for it.

    A journal without a record of ours is another program's, or an older version's: it is SQLite's business.
    """
    owner = _load(path)
    try:
        journal, found = os.stat(real_path(path, "-wal")), os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return Fit.OWN
    if owner is None or journal.st_size == 0 or owner.journal != journal.st_ino:
        return Fit.OWN
    if owner.database.inode != found.st_ino:  # the device may change with a restart of the machine
        return Fit.STRAY
    if (owner.size, owner.mtime_ns) == (found.st_size, found.st_mtime_ns):
        return Fit.OWN
    tried = (owner, found.st_size, found.st_mtime_ns, journal.st_size, journal.st_mtime_ns)
    if tried not in _verdicts:
        fit = try_on_copy(path, _base_of(path, owner))
        _verdicts.clear()
        _verdicts[tried] = fit
    return _verdicts[tried]


def set_aside_journal(path: Path) -> Path:
    """Rename the journal so that SQLite does not find it. Returns its new path."""
    aside = next(name for number in range(1, 1_000) if not (name := real_path(path, f"-wal.old{number}")).exists())
    os.replace(real_path(path, "-wal"), aside)
    for left_over in ("-shm", "-owner"):
        real_path(path, left_over).unlink(missing_ok=True)
    return aside


def forget_without_journal(path: Path) -> None:
    """Remove the record if there is no journal: another one may get its inode."""
    if not real_path(path, "-wal").exists():
        with suppress(OSError):  # it is recorded again
            real_path(path, "-owner").unlink(missing_ok=True)


def _base_of(path: Path, owner: Owner) -> Content | None:
    """The content before what the journal holds: it is the recorded one, or SQLite began it after the checkpoint.

    None if it is neither, but was copied here, like a backup of both files.
    (https://www.sqlite.org/fileformat.html, 4.1)
    """
    salt = _salt_of(path)
    if salt == owner.salt:
        return owner.base
    return owner.content if salt == (owner.salt + 1) % (1 << 32) or not owner.salt else None


def _salt_of(path: Path) -> int:
    """The journal's first salt, which each restart of the journal increases by 1; 0 if it is empty."""
    fd, _ = open_regular(real_path(path, "-wal"))
    try:
        return int.from_bytes(os.read(fd, 20)[16:20], "big")
    finally:
        os.close(fd)


def try_on_copy(path: Path, earlier: Content | None) -> Fit:
    """Whether the journal can be applied to the file, which changed since it had this content.

    It changed in a checkpoint, of another program or interrupted; or other content was copied over it.
    `earlier`: None if only the two themselves can show it. Raises OSError.
    """
    with _trying, _trial_folder(path) as folder:
        copy = folder / "copy"
        _copy(path, copy)
        alone = _whole_content(copy)
        with suppress(FileNotFoundError):
            shutil.copyfile(real_path(path, "-wal"), folder / "copy-wal")
        both = _whole_content(copy)
    if alone is not None and earlier is not None and not alone.may_follow(earlier):
        return Fit.STRAY
    start = alone or earlier
    if both is not None and (start is None or both.may_follow(start)):
        return Fit.OWN
    return Fit.DAMAGED if alone is None else Fit.STRAY


def _copy(path: Path, target: Path) -> None:
    """Without closing a descriptor of the file in this process, which would lose its locks.

    SQLite copies no file that a checkpoint left with fewer pages than its head says: another process does.
    Raises OSError, as without room: that says nothing of the file.
    """
    try:
        with closing(open_without_journal(path)) as connection:
            target.write_bytes(connection.serialize())
    except sqlite3.Error:
        if sys.platform == "win32":  # there, locks belong to descriptors
            shutil.copyfile(path, target)
        else:
            done = subprocess.run(["cp", "--", str(real_path(path)), str(target)], check=False, capture_output=True)
            if done.returncode:
                said = done.stderr.decode("utf-8", "replace").strip().rpartition(": ")[2]
                raise OSError(errno.EIO, said or "it cannot be copied", str(path)) from None


@contextmanager
def _trial_folder(path: Path) -> Iterator[Path]:
    """A folder next to the database, as there is space. Those of processes that were killed are removed, too."""
    import psutil  # only here

    real = real_path(path)
    prefix = f".{real.name}.check-"
    for left_over in real.parent.glob(f"{glob.escape(prefix)}*"):
        pid = left_over.name.removeprefix(prefix)
        if not (pid.isascii() and pid.isdigit() and psutil.pid_exists(int(pid))) or int(pid) == os.getpid():
            shutil.rmtree(left_over, ignore_errors=True)
    folder = real.parent / f"{prefix}{os.getpid()}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _whole_content(path: Path) -> Content | None:
    """The content of a copy with its journal; None if it is damaged. Leaves the journal."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            is_whole = connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
            return read(connection) if is_whole else None
    except sqlite3.Error:
        return None


def _load(path: Path) -> Owner | None:
    try:
        return msgspec.json.decode(read_file(real_path(path, "-owner"), MAX_BYTES, ours=True), type=Owner)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _write(path: Path, text: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    fd, _ = open_regular(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, ours=True)
    with open(fd, "wb") as file:
        file.write(text)
    os.replace(temporary, path)
