"""The spool folder next to a database, where submitted payloads wait for the tracker, one file each.

The folder is ours: one that is a link or that another user made is not used. While no tracker runs, the newest
`MAX_FILES` of each kind of the last `MAX_AGE_DAYS` days wait; older ones are deleted when the next one is written. Used
by the status line, so it imports nothing heavy.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, NamedTuple

from exporter.files import check_folder

if TYPE_CHECKING:
    from pathlib import Path

Kind = Literal["status", "hook", "alert", "update", "usage"]
MAX_FILES = 1_000
"""Of each kind, so that the frequent status lines do not displace a hook's limit."""
MAX_AGE_DAYS = 8
"""Longer than the longest window."""
_MAX_UNFINISHED_S = 3_600
_NAME = re.compile(r"([0-9]{1,19})-[0-9]{1,10}(?:\.([a-z]{1,10}))?\.json")
_UNFINISHED = re.compile(r"([0-9]{1,19})-[0-9]{1,10}(?:\.[a-z]{1,10})?(?:\.json)?\.tmp")
_NS = 1_000_000_000


class Spooled(NamedTuple):
    """A file's name, taken apart. `at`: ns since 1970."""

    at: int
    name: str
    kind: str


def parse_name(name: str) -> Spooled | None:
    """`TIME-PID.KIND.json`; without a kind it is a status line's. None for any other name."""
    found = _NAME.fullmatch(name)
    return Spooled(int(found[1]), name, found[2] or "status") if found is not None else None


def spooled_files(folder: Path) -> list[Path]:
    """The spooled files, the oldest first; without files still being written under a temporary name.

    Raises OSError if the folder is a link or another user's. Without a folder, none.
    """
    try:
        check_folder(folder)
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return [folder / spooled.name for spooled in sorted(filter(None, map(parse_name, names)))]


def has_spooled(folder: Path) -> bool:
    """Whether any file is waiting."""
    try:
        return bool(spooled_files(folder))
    except OSError:
        return False


def write_spool_file(folder: str | Path, content: bytes, kind: Kind) -> None:
    """Write a file atomically, named by the time and the pid of its writer. Raises OSError."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    check_folder(folder)
    now = time.time_ns()
    name = os.path.join(folder, f"{now}-{os.getpid()}.{kind}.json")
    temporary = f"{name}.tmp"
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    os.rename(temporary, name)
    for old in superfluous(os.listdir(folder), now):
        with suppress(OSError):
            os.unlink(os.path.join(folder, old))


def superfluous(names: list[str], now: int) -> Iterator[str]:
    """The names of the files to delete at `now` (ns): too many, too old, or never finished."""
    for name in names:
        found = _UNFINISHED.fullmatch(name)
        if found is not None and int(found[1]) < now - _MAX_UNFINISHED_S * _NS:
            yield name
    counts: dict[str, int] = {}
    for spooled in sorted(filter(None, map(parse_name, names)), reverse=True):
        counts[spooled.kind] = counts.get(spooled.kind, 0) + 1
        if counts[spooled.kind] > MAX_FILES or spooled.at < now - MAX_AGE_DAYS * 86_400 * _NS:
            yield spooled.name
