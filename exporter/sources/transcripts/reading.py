"""Reads a transcript file from an offset, in bounded memory. A last line without a newline is left for later."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from exporter.domain.transcripts.file_state import TAIL_BYTES, FileStat, FileState, ReadPlan, plan_read
from exporter.files import open_regular
from exporter.sources.transcripts.collector import Collector
from exporter.sources.transcripts.file_stat import file_stat

CHUNK_BYTES = 256 << 10
MAX_LINE_BYTES = 32 << 20
"""A longer line is skipped without being held in memory. Lines that count are far shorter:
a response is bounded by the model's output, a prompt by the API's request size."""

_IGNORED = (b'"type":"file-history-snapshot"', b'"type": "file-history-snapshot"')


class LineTaker(Protocol):
    """What lines are passed to: `Collector`, or another one."""

    def take(self, buffer: bytes, start: int) -> int:
        """Take every complete line from `start` on. Returns the offset after the last newline."""

    def skip_line(self, reason: str | None) -> None:
        """A line was too long. `reason`: None if it has nothing to count."""


class Reading(NamedTuple):
    """The result of reading a file. `ended`: no complete line is left after `state.offset`."""

    state: FileState
    change: str | None
    bytes_read: int
    ended: bool


def continue_reading(
    path: str, known: FileState | None, collector: Collector, limit: int | None = None, quiet_since_ns: int = 0
) -> Reading:
    """Pass the complete lines that were not read yet to `collector`.

    `limit`: stop after the line that exceeds this many bytes; then `Reading.ended` is false if lines are left.
    The whole records of a last line without a newline count if the file was not changed since `quiet_since_ns`.
    Raises OSError if the file cannot be read; then the collected data must be discarded.
    """
    fd, opened = open_regular(path)
    try:
        found = file_stat(opened)
        if known is not None:
            found = _keep_birth(found, known)
        read_plan = plan_read(known, found, lambda offset: tail_hash(fd, offset)) if known is not None else ReadPlan(0)
        stop = None if limit is None else read_plan.offset + limit
        offset, rest = read_lines(fd, read_plan.offset, stop, collector)
        ended, quiet = rest is not None, found.mtime_ns <= quiet_since_ns
        if rest and quiet:
            offset += collector.take_unended(rest)
        again = known is not None and known.again and read_plan.offset > 0  # from the start: by today's rules
        state = FileState(path, found, offset, tail_hash(fd, offset), quiet=ended and quiet, again=again)
    finally:
        os.close(fd)
    return Reading(state, read_plan.change, offset - read_plan.offset, ended)


def read_known(state: FileState, start: int, limit: int, collector: Collector) -> int | None:
    """Pass lines that were read before to the collector, from `start` on and about `limit` bytes of them.

    Returns the offset behind them, None if the file is another one now, which a scan notices. Raises OSError.
    """
    fd, opened = open_regular(state.path)
    try:
        found = file_stat(opened)
        is_same = (found.device, found.inode) == (state.stat.device, state.stat.inode)
        if not is_same or found.size < state.offset or tail_hash(fd, state.offset) != state.tail:
            return None
        offset, rest = read_lines(fd, start, start + limit, collector, state.offset)
        if rest is None:
            return offset
        collector.take_unended(rest)
        return state.offset
    finally:
        os.close(fd)


def is_same_file(path: str, known: FileState) -> bool:
    """Whether the file at a new path is one known under another path. The inode is not enough: inodes are reused."""
    try:
        fd, found = open_regular(path)
        try:
            read_plan = plan_read(known, file_stat(found), lambda offset: tail_hash(fd, offset))
        finally:
            os.close(fd)
    except OSError:
        return False
    return known.offset > 0 and read_plan.change is None


def _keep_birth(found: FileStat, known: FileState) -> FileStat:
    """Keep a file's birth time across appends, even if the system does not report one."""
    same = (found.device, found.inode) == (known.stat.device, known.stat.inode)
    return msgspec.structs.replace(found, born_ns=known.stat.born_ns) if same else found


def read_lines(
    fd: int, offset: int, stop: int | None, collector: LineTaker, known_end: int | None = None
) -> tuple[int, bytes | None]:
    """Pass every complete line from `offset` on to the collector, before `known_end` if there is one.

    Returns the offset after the last newline, and what follows it at the end of the file, None if it was not reached.
    Lines are taken directly
    from each chunk; only the first is joined with the rest of the previous chunk, because joining entire chunks
    would copy the file.
    """
    pending = b""
    position = end = offset
    while True:
        size = CHUNK_BYTES if known_end is None else min(CHUNK_BYTES, known_end - position)
        chunk = _read_at(fd, size, position) if size > 0 else b""
        if not chunk:
            return end, pending
        first = chunk.find(b"\n") + 1
        if pending and first:
            collector.take(pending + chunk[:first], 0)
            rest = collector.take(chunk, first)
        else:
            rest = collector.take(chunk, 0)
        if rest:
            end, pending = position + rest, chunk[rest:]
        else:
            pending += chunk
        position += len(chunk)
        if stop is not None and end >= stop:
            return end, None
        if len(pending) > MAX_LINE_BYTES:
            after = _skip_line(fd, position)
            if after is None:
                return end, b""
            collector.skip_line(None if any(mark in pending[:200] for mark in _IGNORED) else "oversized")
            position = end = after
            pending = b""


def _skip_line(fd: int, position: int) -> int | None:
    """The offset after the next newline; None if the file ends before one."""
    while chunk := _read_at(fd, CHUNK_BYTES, position):
        newline = chunk.find(b"\n")
        if newline >= 0:
            return position + newline + 1
        position += len(chunk)
    return None


if hasattr(os, "pread"):
    _read_at = os.pread
else:  # Windows

    def _read_at(fd: int, size: int, offset: int) -> bytes:
        os.lseek(fd, offset, os.SEEK_SET)
        return os.read(fd, size)


def tail_hash(fd: int, offset: int) -> bytes:
    """Hash of up to `TAIL_BYTES` before `offset`."""
    start = max(0, offset - TAIL_BYTES)
    return blake2b(_read_at(fd, offset - start, start), digest_size=16).digest()


def session_id_of(path: str) -> str:
    """The session id in a path: the file's name, or for a subagent's or replaced file the session's folder."""
    file = Path(path)
    if file.parent.name == "before-cleanup":
        return file.parent.parent.name
    if file.stem.startswith("agent-") and "subagents" in file.parts:
        return file.parts[file.parts.index("subagents") - 1]
    return file.stem
