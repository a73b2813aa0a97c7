"""Reads a transcript file from an offset on, in bounded memory, and holds back a last line without newline."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import msgspec

from exporter.domain.transcripts.file_state import TAIL_BYTES, FileStat, FileState, ReadPlan, plan
from exporter.sources.transcripts.collector import Collector
from exporter.sources.transcripts.file_stat import file_stat

CHUNK_BYTES = 256 << 10
LONGEST_LINE = 32 << 20
"""A longer line is passed over without being kept in memory. The longest that count are far below:
an answer is bounded by the model's output, a prompt by the API's request size."""

_USELESS = (b'"type":"file-history-snapshot"', b'"type": "file-history-snapshot"')


class Reading(NamedTuple):
    """What reading a file on gave. `ended`: nothing complete is left behind `state.offset`."""

    state: FileState
    change: str | None
    bytes_read: int
    ended: bool


def read_on(path: str, known: FileState | None, collector: Collector, limit: int | None = None) -> Reading:
    """Hand the complete lines behind what is known of the file to `collector`.

    `limit`: stop after the line that passes so many bytes; `Reading.ended` tells whether more is left.
    Raises OSError where the file cannot be read; what was collected then is to be thrown away.
    """
    with open(path, "rb", buffering=0) as file:
        fd = file.fileno()
        found = file_stat(os.fstat(fd))
        if known is not None:
            found = _with_birth(found, known)
        where = plan(known, found, lambda offset: tail_hash(fd, offset)) if known is not None else ReadPlan(0)
        stop = None if limit is None else where.offset + limit
        offset, ended = read_lines(fd, where.offset, stop, collector)
        state = FileState(path, found, offset, tail_hash(fd, offset))
    return Reading(state, where.change, offset - where.offset, ended)


def goes_on_at(path: str, known: FileState) -> bool:
    """Whether the file at a new path is the one known under another: the system gives a gone file's inode anew."""
    try:
        with open(path, "rb", buffering=0) as file:
            fd = file.fileno()
            where = plan(known, file_stat(os.fstat(fd)), lambda offset: tail_hash(fd, offset))
    except OSError:
        return False
    return known.offset > 0 and where.change is None


def _with_birth(found: FileStat, known: FileState) -> FileStat:
    """The file keeps its birth over appends, also where the system tells none."""
    same = (found.device, found.inode) == (known.stat.device, known.stat.inode)
    return msgspec.structs.replace(found, born_ns=known.stat.born_ns) if same else found


def read_lines(fd: int, offset: int, stop: int | None, collector: Collector) -> tuple[int, bool]:
    """Hand every complete line from `offset` on to the collector.

    Returns the byte after the last newline, and whether the end of the file was reached. Lines are taken from the
    chunk as it was read; only the first is put together with what the chunk before left over, since joining whole
    chunks would copy the file.
    """
    pending = b""
    position = end = offset
    while True:
        chunk = _read_at(fd, CHUNK_BYTES, position)
        if not chunk:
            return end, True
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
            return end, False
        if len(pending) > LONGEST_LINE:
            after = _pass_over(fd, position)
            if after is None:
                return end, True
            collector.pass_over(None if any(mark in pending[:200] for mark in _USELESS) else "oversized")
            position = end = after
            pending = b""


def _pass_over(fd: int, position: int) -> int | None:
    """The byte after the next newline; None where the file ends before one."""
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
    """Hash of the up to `TAIL_BYTES` before `offset`."""
    start = max(0, offset - TAIL_BYTES)
    return blake2b(_read_at(fd, offset - start, start), digest_size=16).digest()


def session_of(path: str) -> str:
    """The session id that a path tells: the file's name, for a subagent's file the session's folder."""
    file = Path(path)
    if file.stem.startswith("agent-") and "subagents" in file.parts:
        return file.parts[file.parts.index("subagents") - 1]
    return file.stem
