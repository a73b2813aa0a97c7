"""How a transcript file is known again, and what became of it since it was last read. Pure."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

TAIL_BYTES = 4096
"""So many bytes before the offset are hashed to tell a file that grew from one that was rewritten."""

FILE_CHANGES = ("truncated", "rewritten", "replaced", "renamed", "deleted")


class FileStat(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the file system tells. `device` and `inode` name the file itself, whatever its path; times in ns."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    born_ns: int
    """Birth where the system tells, else the change time at first sight: a fork is written after its original."""


class FileState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file as far as it has been read: everything before `offset` is in the database."""

    path: str
    stat: FileStat
    offset: int
    """The byte after the last newline read."""
    tail: bytes
    """Hash of the `TAIL_BYTES` before `offset`."""
    missing: bool = False

    @property
    def born_at(self) -> int:
        """ms since the epoch."""
        return self.stat.born_ns // 1_000_000


class ReadPlan(msgspec.Struct, frozen=True):
    """Where to read on, and what became of the file (one of `FILE_CHANGES`), if anything."""

    offset: int
    change: str | None = None


def is_unchanged(known: FileState, stat: FileStat) -> bool:
    """By its stat alone. What keeps inode, size and time is taken to be the same."""
    was = known.stat
    return (
        not known.missing
        and was.mtime_ns == stat.mtime_ns
        and was.size == stat.size
        and was.inode == stat.inode
        and was.device == stat.device
    )


def plan(known: FileState, stat: FileStat, tail_before: Callable[[int], bytes]) -> ReadPlan:
    """Where to go on in a file that changed; from the start wherever its past is in doubt.

    `tail_before(offset)` hashes the bytes before that offset in the file as it is now. Reading again
    what is known already costs time, never figures.
    """
    if (known.stat.device, known.stat.inode) != (stat.device, stat.inode):
        return ReadPlan(0, "replaced")
    if stat.size < known.offset:
        return ReadPlan(0, "truncated")
    if tail_before(known.offset) != known.tail:
        return ReadPlan(0, "rewritten")
    return ReadPlan(known.offset)
