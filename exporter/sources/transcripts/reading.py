"""Reads a transcript file from an offset on, in bounded memory, and holds back a last line without newline."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import msgspec

from exporter.domain.batch import Batch
from exporter.domain.file_state import TAIL_BYTES, FileStat, FileState, Plan, plan
from exporter.sources.transcripts.records import take

CHUNK_BYTES = 1 << 20
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


def stat_of(path: str) -> FileStat:
    """Raises FileNotFoundError, also for what is no file (opening a pipe would wait), or another OSError."""
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise FileNotFoundError(errno.ENOENT, "not a file", path)
    return file_stat(found)


def file_stat(found: os.stat_result) -> FileStat:
    birth = getattr(found, "st_birthtime_ns", None) or int(getattr(found, "st_birthtime", 0) * 1e9)
    mtime = found.st_mtime_ns
    return FileStat(_signed(found.st_dev), _signed(found.st_ino), found.st_size, mtime, birth or mtime)


def _signed(number: int) -> int:
    """Some file systems use all 64 bits; the database keeps signed ones."""
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)


def read_on(path: str, known: FileState | None, batch: Batch, limit: int | None = None) -> Reading:
    """Add the complete lines behind what is known of the file to `batch`.

    `limit`: stop after the line that passes so many bytes; `Reading.ended` tells whether more is left.
    Raises OSError where the file cannot be read; what was added to `batch` then is to be thrown away.
    """
    with open(path, "rb", buffering=0) as file:
        fd = file.fileno()
        found = file_stat(os.fstat(fd))
        if known is not None:
            found = _with_birth(found, known)
        where = plan(known, found, lambda offset: tail_hash(fd, offset)) if known is not None else Plan(0)
        stop = None if limit is None else where.offset + limit
        session = session_of(path)
        offset, ended = read_lines(fd, where.offset, stop, lambda raw: take(raw, batch, session), batch)
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


def read_lines(
    fd: int, offset: int, stop: int | None, take_line: Callable[[bytes], None], batch: Batch
) -> tuple[int, bool]:
    """Hand every complete line from `offset` on to `take_line`.

    Returns the byte after the last newline, and whether the end of the file was reached.
    """
    pending = b""
    position = end = offset
    while True:
        chunk = _read_at(fd, CHUNK_BYTES, position)
        if not chunk:
            return end, True
        position += len(chunk)
        if pending:
            chunk = pending + chunk
        start, newline = 0, chunk.find(b"\n")
        while newline >= 0:
            take_line(chunk[start:newline])
            batch.lines += 1
            start = newline + 1
            newline = chunk.find(b"\n", start)
        end += start
        pending = chunk[start:]
        if stop is not None and end >= stop:
            return end, False
        if len(pending) > LONGEST_LINE:
            after = _pass_over(fd, position)
            if after is None:
                return end, True
            _note_passed_over(pending, batch)
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


def _note_passed_over(head: bytes, batch: Batch) -> None:
    batch.lines += 1
    if not any(mark in head[:200] for mark in _USELESS):
        batch.skip("oversized")


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
