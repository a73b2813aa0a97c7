"""How the two processes that read transcripts talk: three pipes and a spool file.

    jobs      a pipe with the numbers of the jobs, written once; each process takes its next job from it
    spool     an unlinked file: the task first, then the results as they are written
    results   a pipe of short notes: where in the spool a part of a job's result lies, or that a job is done

Light enough for the process that is forked early: the messages themselves are in `messages`.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterable
from typing import NamedTuple

NUMBER = struct.Struct("<I")
NOTE = struct.Struct("<IQQ")
"""(job, offset, length) of a part of its result in the spool; length 0: the job is done."""
MAX_JOBS = 8_192
"""Their numbers fit into a pipe's buffer."""


class Pipes(NamedTuple):
    """What both processes share; of each pipe, the end that the process in question uses."""

    go: int
    """The main process writes to it once the task is in the spool."""
    jobs: int
    results: int
    spool: int


def write_job_numbers(fd: int, count: int) -> None:
    """Raises BrokenPipeError if the other end of the pipe is closed."""
    os.write(fd, b"".join(NUMBER.pack(number) for number in range(count)))


def take_job_number(fd: int) -> int | None:
    """The number of the next job, None when all are taken."""
    data = os.read(fd, NUMBER.size)
    return NUMBER.unpack(data)[0] if data else None


def write_task(spool: int, content: bytes) -> None:
    """Raises OSError where it does not fit."""
    write_to_spool(spool, NUMBER.pack(len(content)) + content, 0)


def read_task(spool: int) -> tuple[bytes, int]:
    """The task, and the offset where results may start."""
    (length,) = NUMBER.unpack(os.pread(spool, NUMBER.size, 0))
    return os.pread(spool, length, NUMBER.size), NUMBER.size + length


def write_to_spool(spool: int, content: bytes, offset: int) -> None:
    """Raises OSError where it does not fit."""
    if os.pwrite(spool, content, offset) < len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def write_note(fd: int, job: int, offset: int = 0, length: int = 0) -> None:
    """A part of a job's result is in the spool; without a length: the job is done."""
    os.write(fd, NOTE.pack(job, offset, length))


def split_notes(data: bytes) -> tuple[Iterable[tuple[int, int, int]], bytes]:
    """The complete notes, and the bytes after the last of them."""
    complete = len(data) - len(data) % NOTE.size
    return NOTE.iter_unpack(data[:complete]), data[complete:]
