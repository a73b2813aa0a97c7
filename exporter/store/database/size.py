"""The size of the database, and the room for a new one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from exporter.errors import DatabaseError

ROOM_SHARE, LEAST_ROOM = 1 / 12, 16 << 20
"""What a first read needs, of the transcripts' bytes: twice what was measured (45 MB of 1,000 MB). And at least."""


def database_bytes(path: Path) -> int:
    """The size of the database including its journal."""
    total = 0
    for name in (path, path.with_name(path.name + "-wal")):
        try:
            total += os.stat(name).st_size
        except FileNotFoundError:
            continue
    return total


def room_for(transcript_bytes: int) -> int:
    """The bytes that the first read of so many may take."""
    return LEAST_ROOM + round(transcript_bytes * ROOM_SHARE)


def refuse_without_room(path: Path, transcript_bytes: int) -> None:
    """Before a first read. Raises DatabaseError where the disk has no room for it."""
    folder = next((one for one in path.parents if one.exists()), None)
    if folder is None:
        return
    needed, free = room_for(transcript_bytes), shutil.disk_usage(folder).free
    if free < needed:
        raise DatabaseError(
            f"{path.parent} has {_megabytes(free)} left, a first read may need {_megabytes(needed)}: make room,"
            " or choose another place with --database"
        )


def _megabytes(count: int) -> str:
    return f"{max(1, round(count / 1e6)):,} MB"
