"""Which file a journal (WAL) belongs to, recorded next to the database, so that it is never applied to another file.

SQLite finds a journal by name alone: it applies the one that a killed process left to any file with the database's
name, such as a restored backup, and damages it (https://www.sqlite.org/howtocorrupt.html, 1.2 and 1.4).
"""

from __future__ import annotations

import glob
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from exporter.files import open_regular, read_file
from exporter.store.database import meta

MAX_BYTES = 4_096


_trying = threading.Lock()
_verdicts: dict[tuple[object, ...], Fit] = {}
"""The last one, so that each request does not try again."""


class FileId(NamedTuple):
    """A file, whatever its name."""

    device: int
    inode: int


class Content(msgspec.Struct, frozen=True):
    """What distinguishes states of a database: `schema` is SQLite's schema version, `sequence` counts commits."""

    schema: int
    first_read_at: int | None
    sequence: int

    def without_commits(self) -> Content:
        """A content that any state of this database may follow."""
        return msgspec.structs.replace(self, first_read_at=None, sequence=0)

    def may_follow(self, earlier: Content) -> bool:
        """Whether this can be a later state of the same database."""
        return (
            self.schema >= earlier.schema
            and earlier.first_read_at in (None, self.first_read_at)
            and self.sequence >= earlier.sequence
        )


class Owner(msgspec.Struct, frozen=True):
    """The owner of a journal: the database's file after the last checkpoint, and the inode of the journal."""

    database: FileId
    size: int
    mtime_ns: int
    content: Content
    journal: int


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


def record(path: Path, at_least: Content) -> Owner | None:
    """Record the present state of the database as the owner of its journal. None if there is no journal.

    `at_least`: an earlier content. Call it in a process that keeps the database open and writes it, after a checkpoint.
    Raises OSError.
    """
    try:
        content = content_of(path)
    except sqlite3.Error:  # a reader held up the checkpoint: without its journal the file is not whole
        content = at_least
    found = os.stat(path)
    with suppress(FileNotFoundError):
        journal = os.stat(real_path(path, "-wal")).st_ino
        owner = Owner(FileId(found.st_dev, found.st_ino), found.st_size, found.st_mtime_ns, content, journal)
        _write(real_path(path, "-owner"), msgspec.json.encode(owner))
        return owner
    return None


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
    if owner.database != (found.st_dev, found.st_ino):
        return Fit.STRAY
    if (owner.size, owner.mtime_ns) == (found.st_size, found.st_mtime_ns):
        return Fit.OWN
    tried = (owner, found.st_size, found.st_mtime_ns, journal.st_size, journal.st_mtime_ns)
    if tried not in _verdicts:
        fit = try_on_copy(path, owner.content)
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
        real_path(path, "-owner").unlink(missing_ok=True)


def content_of(path: Path) -> Content:
    """The content of the file itself, without what its journal adds. Raises sqlite3.Error."""
    with closing(_open_without_journal(path)) as connection:
        return read(connection)


def _open_without_journal(path: Path) -> sqlite3.Connection:
    """SQLite opens the file, and not Python, so that no lock of this process gets lost."""
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)


def read(connection: sqlite3.Connection) -> Content:
    """What the connection sees, with the journal."""
    schema = connection.execute("PRAGMA schema_version").fetchone()[0]
    return Content(schema, meta.first_read_at(connection), meta.sequence(connection))


def try_on_copy(path: Path, earlier: Content) -> Fit:
    """Whether the journal can be applied to the file, which changed since it had this content.

    It changed in a checkpoint, of another program or interrupted; or other content was copied over it.
    """
    with _trying, _trial_folder(path) as folder:
        copy = folder / "copy"
        try:
            with closing(_open_without_journal(path)) as connection:
                copy.write_bytes(connection.serialize())
        except sqlite3.Error:
            return Fit.DAMAGED
        alone = _whole_content(copy)
        with suppress(FileNotFoundError):
            shutil.copyfile(real_path(path, "-wal"), folder / "copy-wal")
        both = _whole_content(copy)
    if alone is not None and not alone.may_follow(earlier):
        return Fit.STRAY
    if both is not None and both.may_follow(alone or earlier):
        return Fit.OWN
    return Fit.DAMAGED if alone is None else Fit.STRAY


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
