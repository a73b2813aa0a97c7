"""How a transcript file is recognized, and what happened to it since it was last read. Pure functions."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

TAIL_BYTES = 4096
"""How many bytes before the offset are hashed, to distinguish a file that grew from one that was rewritten."""

FILE_CHANGES = ("truncated", "rewritten", "replaced", "renamed", "deleted")


class FileStat(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Metadata from the file system. `device` and `inode` identify the file, whatever its path. Times in ns."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    born_ns: int
    """Birth time if available, else the change time when first seen: a fork is written after its original."""


class FileState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How far a file has been read: everything before `offset` is in the database."""

    path: str
    stat: FileStat
    offset: int
    """The byte after the last newline read."""
    tail: bytes
    """Hash of the `TAIL_BYTES` before `offset`."""
    missing: bool = False
    quiet: bool = False
    """It was quiet when it was read: also a last line without a newline was judged."""
    again: bool = False
    """What is before `offset` is to be read once more, by newer rules."""

    @property
    def born_at(self) -> int:
        """ms since the epoch."""
        return self.stat.born_ns // 1_000_000


class ReadPlan(msgspec.Struct, frozen=True):
    """Where to continue reading, and what happened to the file (one of `FILE_CHANGES`), if anything."""

    offset: int
    change: str | None = None


def is_unchanged(known: FileState, stat: FileStat, quiet_since_ns: int) -> bool:
    """Whether there is nothing new to read. A file with the same inode, size and time is assumed to be the same.

    A last line without a newline is new once its file was not changed since `quiet_since_ns`.
    """
    was = known.stat
    is_judged = known.quiet or known.offset >= stat.size or stat.mtime_ns > quiet_since_ns
    return (
        not known.missing
        and is_judged
        and was.mtime_ns == stat.mtime_ns
        and was.size == stat.size
        and was.inode == stat.inode
        and was.device == stat.device
    )


def plan_read(known: FileState, stat: FileStat, tail_before: Callable[[int], bytes]) -> ReadPlan:
    """Decide where to continue in a file that changed: from the start whenever its earlier content is in doubt.

    `tail_before(offset)` hashes the bytes before that offset in the current file. Reading known lines
    again costs time but does not change any figure.
    """
    if (known.stat.device, known.stat.inode) != (stat.device, stat.inode):
        return ReadPlan(0, "replaced")
    if stat.size < known.offset:
        return ReadPlan(0, "truncated")
    if tail_before(known.offset) != known.tail:
        return ReadPlan(0, "rewritten")
    return ReadPlan(known.offset)
