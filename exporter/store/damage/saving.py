"""A copy of a database with all commits, also while a tracker writes; and putting one in the database's place."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from exporter.errors import DatabaseError, reason
from exporter.files import synced
from exporter.store.damage import integrity
from exporter.store.database import damage_mark as mark
from exporter.store.database.connection import connect_read_only, open_damaged, open_untouched
from exporter.store.database.copying import end_journal, free_name, put_back
from exporter.store.database.opening import open_to_write
from exporter.store.database.owner import real_path
from exporter.store.usage import totals

Report = Callable[[int, int], None]
"""Pages copied, and of how many."""
PAGES = 2_000
"""Copied between two reports."""
JOURNAL_FILES = ("", "-wal", "-shm", "-owner")


@contextmanager
def made_aside(path: Path, cannot: str, *ends: str) -> Iterator[list[Path]]:
    """Hidden names next to a file, one for each end, in which it is made; what is left of them is removed.

    `cannot`: with what the message of a failure begins. Raises DatabaseError, which names the file that the user knows.
    """
    parts = [path.with_name(f".{path.name}.{os.getpid()}.{end}") for end in ends]
    try:
        yield parts
    except DatabaseError as error:
        message = str(error)
        for part in parts:
            message = message.replace(str(part), str(path)).replace(part.name, path.name)
        raise type(error)(message) from error
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"{cannot}: {reason(error)}") from error
    finally:
        for file in (real_path(part, end) for part in parts for end in JOURNAL_FILES):
            with suppress(OSError):
                file.unlink(missing_ok=True)


def save(path: Path, target: Path, report: Report = lambda done, total: None) -> None:
    """Write the database as of its last commit to `target`, one file, and check it. What was there is replaced then.

    Raises DatabaseError, also if the database is damaged.
    """
    with made_aside(target, f"cannot write the backup {target}", "part") as (part,):
        with closing(connect_read_only(path)) as connection:
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # no later commit starts it again
            with closing(sqlite3.connect(part)) as copied:
                connection.backup(
                    copied, pages=PAGES, progress=lambda _, left, total: report(total - left, total), sleep=0
                )
        end_journal(part)
        _refuse_damaged(part, path)
        synced(part)
        os.replace(part, target)


def _refuse_damaged(copied: Path, path: Path) -> None:
    findings = integrity.check(copied)
    if not findings.is_whole:
        raise DatabaseError(f"{path} is damaged ({findings.sentence()}): run `claude-tracker repair`")


def restore(source: Path, path: Path) -> Path | None:
    """Put a backup in the place of the database, which is kept under another name: returned, None if there was none.

    Each counter goes on from what it showed. The caller holds the ingest lock. Raises DatabaseError,
    ForeignDatabaseError; nothing has changed then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with made_aside(path, f"cannot restore {source}", "part") as (part,):
        _copy_whole(source, part)
        open_to_write(part).close()  # of an older version
        go_on_from(part, shown_by(path))
        end_journal(part)
        synced(part)
        return replace(path, part, "before-restore")


def _copy_whole(source: Path, part: Path) -> None:
    """Raises DatabaseError for everything but a whole database of ours."""
    if not source.is_file() or not source.stat().st_size:
        raise DatabaseError(f"there is no backup {source}")
    findings = integrity.check(source)
    if not findings.is_whole:
        raise DatabaseError(f"the backup {source} is damaged ({findings.sentence()}): use another one")
    with open_untouched(source) as connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'tracker_meta'").fetchone() is None:
            raise DatabaseError(f"{source} does not belong to claude-tracker")
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(part)) as copied:
            connection.backup(copied)


def shown_by(path: Path) -> Mapping[tuple[str, str], int]:
    """What the counters of a database showed, if it can be read; nothing if no scraper can know them."""
    with suppress(sqlite3.Error, OSError, DatabaseError), open_damaged(path) as connection:
        if path.exists() and totals.was_served(connection):
            rows = connection.execute("SELECT family, labels, peak FROM tracker_totals")
            return {(family, labels): peak for family, labels, peak in rows}
    return {}


def go_on_from(path: Path, shown: Mapping[tuple[str, str], int]) -> None:
    """Let each counter of a database go on from there, also those that it does not have. Raises sqlite3.Error."""
    if not shown:
        return
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        totals.take_over(connection, shown)
        connection.execute("COMMIT")


def show_at_once(path: Path) -> None:
    """Let every counter of a repaired database be shown with its value at once. Raises DatabaseError."""
    try:
        with closing(sqlite3.connect(path)) as connection, connection:
            totals.show_at_once(connection)
    except sqlite3.Error as error:
        raise DatabaseError(f"cannot write {path}: {reason(error)}") from error


def replace(path: Path, part: Path, suffix: str) -> Path | None:
    """Move a database that is one file to `path`, and keep what was there under another name, with its journal.

    At each moment a whole set of the files before has one of the two names. Raises DatabaseError; what was there is
    back in its place then, or the message says where it is.
    """
    kept = free_name(path, suffix) if path.exists() else None
    try:
        if kept is not None:
            for end in JOURNAL_FILES:
                _give_name(real_path(path, end), real_path(kept, end))
        put_back(part, path)
    except (OSError, DatabaseError) as error:
        if kept is not None:
            _take_back(path, kept, error)
        raise DatabaseError(f"cannot replace {path}, which was not changed: {reason(error)}") from error
    with suppress(OSError):  # it is bound to the file before
        mark.clear(path)
    return kept


def _give_name(file: Path, name: Path) -> None:
    """A second name for a file, if it exists; where there are none, a copy."""
    if not file.exists():
        return
    try:
        os.link(file, name)
    except OSError:
        shutil.copyfile(file, name)
        shutil.copymode(file, name)


def _take_back(path: Path, kept: Path, cause: Exception) -> None:
    """Undo what was done of a replacement. Raises DatabaseError if that fails, too."""
    try:
        for end in JOURNAL_FILES:
            file, name = real_path(path, end), real_path(kept, end)
            if name.exists() and not file.exists():
                os.replace(name, file)
            name.unlink(missing_ok=True)
    except OSError as error:
        raise DatabaseError(
            f"cannot replace {path} ({reason(cause)}), nor put it back ({reason(error)}): it is now {kept}; rename it"
        ) from cause
