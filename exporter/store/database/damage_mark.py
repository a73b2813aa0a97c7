"""The mark next to a damaged database: nothing is written to it any more, and everything that shows it says so."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

import msgspec

from exporter.domain.text import visible
from exporter.errors import DamagedError
from exporter.files import open_regular, read_file
from exporter.store.database.owner import FileId, file_id, real_path

SUFFIX = "-damaged"
MAX_BYTES = 4_096
MAX_SENTENCE = 300


class _Mark(msgspec.Struct, frozen=True):
    """What was found, and the device and inode of the file in which it was found."""

    damage: str
    file: tuple[int, int] | None


def put(path: Path, file: FileId | None, damage: str) -> None:
    """Mark a database as damaged, unless it is already. Where that fails, the damage is found again.

    `file`: the one in which it was found; another may be at the path since.
    """
    content = msgspec.json.encode(_Mark(visible(damage)[:MAX_SENTENCE], file))
    place = real_path(path, SUFFIX)
    with suppress(OSError):
        if file is None or file != file_id(path):
            return
        if read(path) is None:
            place.unlink(missing_ok=True)  # of another file
        fd, _ = open_regular(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ours=True)
        with os.fdopen(fd, "wb") as written:
            written.write(content)


def note(path: Path, file: FileId | None, error: sqlite3.Error) -> None:
    """Mark the database if this error, of this file, says that it is damaged."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT:
        put(path, file, str(error))


def read(path: Path) -> str | None:
    """What is damaged in a database; None if nothing is known to be."""
    try:
        found = msgspec.json.decode(read_file(real_path(path, SUFFIX), MAX_BYTES, ours=True), type=_Mark)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError):
        return "a check found damage"
    return found.damage if found.file == file_id(path) else None


def clear(path: Path) -> None:
    """Of a database that is whole. Raises OSError."""
    real_path(path, SUFFIX).unlink(missing_ok=True)


def sentence(path: Path, damage: str) -> str:
    """What to say, and to do."""
    return (
        f"{path} is damaged ({damage}): nothing is written to it. Stop the tracker and run `claude-tracker repair`,"
        " or `claude-tracker restore` with a backup."
    )


def found(path: Path, file: FileId | None, damage: str) -> DamagedError:
    """Mark a database in whose file damage was found. Returns what to raise."""
    put(path, file, damage)
    return _refusal(path, damage)


def refuse(path: Path) -> None:
    """Raises DamagedError for a database that is marked."""
    if (damage := read(path)) is not None:
        raise _refusal(path, damage)


def _refusal(path: Path, damage: str) -> DamagedError:
    return DamagedError(sentence(path, damage).rstrip("."))
