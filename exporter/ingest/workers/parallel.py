"""Reading shared by two processes: how the work is parted, and how the second one's share comes back.

The files are parted into jobs of some megabytes, the largest first. The numbers of the jobs lie in a pipe, and
each process takes the next whenever it is free, so both end at nearly the same time. The second process puts
its results into a file and tells where; the first hands them on between its own jobs.

Whatever becomes of the second process, nothing is missing: a job of which it did not tell the end is read by
the first one, and what had come of it is not looked at.
"""

from __future__ import annotations

import errno
import gc
import logging
import os
import select
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from exporter.domain.usage.pricing import Price
from exporter.ingest.pricer import Pricer
from exporter.ingest.transcripts.reading import Count, Read, portions
from exporter.ingest.transcripts.scan import Found
from exporter.ingest.workers.process import Pipes, Worker, stop_worker
from exporter.sources.prices import PriceBook
from exporter.store.transcripts.file_read import FileRead

log = logging.getLogger(__name__)

JOB_BYTES = 4 << 20
MOST_JOBS = 8_192
"""Their numbers fit into a pipe."""

_NUMBER = struct.Struct("<I")
_NOTE = struct.Struct("<IQQ")
"""(job, offset, length) of a part of its result in the spool; length 0: the job is done."""


class Result(msgspec.Struct, frozen=True, array_like=True):
    reads: list[FileRead]
    errors: list[str]


Jobs = list[list[Found]]


class Task(msgspec.Struct, frozen=True, array_like=True):
    jobs: Jobs
    rates_file: str | None


_encode = msgspec.msgpack.Encoder().encode
_decode_task = msgspec.msgpack.Decoder(Task).decode
_decode_result = msgspec.msgpack.Decoder(Result).decode


def jobs_of(found: Iterable[Found], total: int) -> Jobs:
    """The files in jobs of about `JOB_BYTES`, or more where there would be too many; the largest first."""
    wanted = max(JOB_BYTES, total // (MOST_JOBS // 2))
    jobs: Jobs = []
    left = 0
    for file in sorted(found, key=lambda file: -file.unread):
        if left <= 0:
            jobs.append([])
            left = wanted
        jobs[-1].append(file)
        left -= file.unread + 4_096  # opening a file costs as much as reading some of it
    return jobs


def together(hand: Worker, price: Price, rates_file: Path | None) -> Read:
    """Reading in this process and a second one, which has this one call for its use.

    `rates_file`: where the other one finds prices.
    """

    def read(found: Sequence[Found], count: Count, errors: list[str]) -> Iterator[list[FileRead]]:
        jobs = jobs_of(found, sum(file.unread for file in found))
        _give(hand, Task(jobs, str(rates_file) if rates_file is not None else None))
        return _read_together(hand, jobs, price, count, errors)

    return read


def _read_together(hand: Worker, jobs: Jobs, price: Price, count: Count, errors: list[str]) -> Iterator[list[FileRead]]:
    left = set(range(len(jobs)))
    notes = _Notes(hand.pipes.results)
    while (number := _next_number(hand.pipes.numbers)) is not None:
        yield from portions(jobs[number], price, count, errors)
        left.discard(number)
        for done, parts in notes.come():
            left.discard(done)
            yield from _results(hand, parts, count, errors)
    while not notes.ended:
        for done, parts in notes.wait():
            left.discard(done)
            yield from _results(hand, parts, count, errors)
    status = stop_worker(hand)
    if status != 0 or left:
        log.warning("a process that helped to read ended early (status %d): reading its part again", status)
    for number in sorted(left):
        yield from portions(jobs[number], price, count, errors)


def _give(hand: Worker, task: Task) -> None:
    text = _encode(task)
    try:
        _spool(hand.pipes, _NUMBER.pack(len(text)) + text, 0)
        os.write(hand.pipes.go, b"go")
    except OSError as error:  # it is gone, or there is no room: it gets no work, and this process does all
        log.warning("reading with one process: %s", error)
        hand.close(hand.pipes.go)
    with suppress(BrokenPipeError):
        os.write(hand.numbers_in, b"".join(_NUMBER.pack(number) for number in range(len(task.jobs))))
    hand.close(hand.numbers_in)
    os.set_blocking(hand.pipes.results, False)


def _next_number(numbers: int) -> int | None:
    data = os.read(numbers, _NUMBER.size)
    return _NUMBER.unpack(data)[0] if data else None


Place = tuple[int, int]
"""Offset and length of a part of a job's result in the spool."""


class _Notes:
    """The notes of the second process: each job that is done, with the places of its result."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._rest = b""
        self._places: dict[int, list[Place]] = {}
        self.ended = False

    def come(self) -> Iterator[tuple[int, list[Place]]]:
        """Those that are there."""
        try:
            data = os.read(self._pipe, 1 << 16)
        except BlockingIOError:
            return
        self.ended = not data
        data = self._rest + data
        whole = len(data) - len(data) % _NOTE.size
        self._rest = data[whole:]
        for number, offset, length in _NOTE.iter_unpack(data[:whole]):
            if length:
                self._places.setdefault(number, []).append((offset, length))
            else:
                yield number, self._places.pop(number, [])

    def wait(self) -> Iterator[tuple[int, list[Place]]]:
        select.select([self._pipe], [], [])
        return self.come()


def _results(hand: Worker, places: Iterable[Place], count: Count, errors: list[str]) -> Iterator[list[FileRead]]:
    for offset, length in places:
        result = _decode_result(os.pread(hand.pipes.spool, length, offset))
        errors += result.errors
        count(sum(read.bytes_read for read in result.reads))
        yield result.reads


def work(pipes: Pipes) -> None:
    """The second process: take jobs until there are none."""
    gc.disable()  # as in the first process: nothing that is read refers in circles
    (length,) = _NUMBER.unpack(os.pread(pipes.spool, _NUMBER.size, 0))
    task = _decode_task(os.pread(pipes.spool, length, _NUMBER.size))
    price = Pricer(PriceBook(Path(task.rates_file) if task.rates_file is not None else None))
    offset = _NUMBER.size + length
    while (number := _next_number(pipes.numbers)) is not None:
        errors: list[str] = []
        for reads in portions(task.jobs[number], price, lambda _: None, errors):
            offset = _tell(pipes, number, offset, Result(reads, []))
        if errors:
            offset = _tell(pipes, number, offset, Result([], errors))
        os.write(pipes.results, _NOTE.pack(number, 0, 0))


def _tell(pipes: Pipes, number: int, offset: int, result: Result) -> int:
    text = _encode(result)
    _spool(pipes, text, offset)
    os.write(pipes.results, _NOTE.pack(number, offset, len(text)))
    return offset + len(text)


def _spool(pipes: Pipes, text: bytes, offset: int) -> None:
    """Raises OSError where it does not all fit."""
    if os.pwrite(pipes.spool, text, offset) < len(text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
