"""Reading shared by two processes: how the work is divided, and how the worker's results come back.

The files are divided into jobs of some megabytes, the largest first. Each process takes the next job whenever it
is free, so both end at nearly the same time. The main process uses the worker's results between its own jobs.

Whatever happens to the worker, nothing is missing: a job that it did not report as done is read by the main
process, and the results it sent for that job are ignored.
"""

from __future__ import annotations

import logging
import os
import select
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from exporter.domain.usage.bounds import time_bounds
from exporter.domain.usage.price_table import NO_PRICES, Table
from exporter.domain.usage.pricing import Price
from exporter.errors import reason
from exporter.ingest.transcripts.reading import Count, Read, portions
from exporter.ingest.transcripts.scan import ChangedFile
from exporter.ingest.workers import protocol
from exporter.ingest.workers.messages import Jobs, Task, decode_result, encode
from exporter.ingest.workers.process import Worker, stop_worker
from exporter.store.transcripts.file_read import FileRead

log = logging.getLogger(__name__)

JOB_BYTES = 4 << 20


def divide(files: Iterable[ChangedFile], total_bytes: int) -> Jobs:
    """The files in jobs of about `JOB_BYTES`, or more where there would be too many jobs; the largest file first."""
    job_bytes = max(JOB_BYTES, total_bytes // (protocol.MAX_JOBS // 2))
    jobs: Jobs = []
    room = 0
    for file in sorted(files, key=lambda file: -file.unread):
        if room <= 0:
            jobs.append([])
            room = job_bytes
        jobs[-1].append(file)
        room -= file.unread + 4_096  # opening a file costs as much as reading some of it
    return jobs


def read_with(
    worker: Worker, price: Price, clock: Callable[[], int], rates_file: Path | None, user_prices: Table = NO_PRICES
) -> Read:
    """A way to read many files with a worker, which serves this one call. `clock`: ms. `rates_file`, `user_prices`: for
    its prices.
    """

    def read(files: Sequence[ChangedFile], count: Count, errors: list[str]) -> Iterator[list[FileRead]]:
        jobs = divide(files, sum(file.unread for file in files))
        file = str(rates_file) if rates_file is not None else None
        task = Task(jobs, file, time_bounds(clock()), dict(user_prices))
        _send_task(worker, task)
        return _read_together(worker, task, price, count, errors)

    return read


def _read_together(
    worker: Worker, task: Task, price: Price, count: Count, errors: list[str]
) -> Iterator[list[FileRead]]:
    remaining = set(range(len(task.jobs)))
    notes = _Notes(worker.pipes.results)
    while (job := protocol.take_job_number(worker.pipes.jobs)) is not None:
        yield from portions(task.jobs[job], price, task.times, count, errors)
        remaining.discard(job)
        for done, parts in notes.finished_jobs():
            remaining.discard(done)
            yield from _read_results(worker, parts, count, errors)
    while not notes.ended:
        notes.wait()
        for done, parts in notes.finished_jobs():
            remaining.discard(done)
            yield from _read_results(worker, parts, count, errors)
    status = stop_worker(worker)
    if status != 0 or remaining:
        log.warning("a worker that helped to read ended early (status %d): reading its part again", status)
    for job in sorted(remaining):
        yield from portions(task.jobs[job], price, task.times, count, errors)


def _send_task(worker: Worker, task: Task) -> None:
    try:
        protocol.write_task(worker.pipes.spool, encode(task))
        os.write(worker.pipes.go, b"go")
    except OSError as error:  # it has ended, or there is no room: it gets no work, and this process does everything
        log.warning("reading with one process: %s", reason(error))
        worker.close(worker.pipes.go)
    with suppress(BrokenPipeError):
        protocol.write_job_numbers(worker.jobs_in, len(task.jobs))
    worker.close(worker.jobs_in)
    os.set_blocking(worker.pipes.results, False)


Place = tuple[int, int]
"""Offset and length of a part of a job's result in the spool."""


class _Notes:
    """The worker's notes: each job that is done, with the places of its result."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._rest = b""
        self._places: dict[int, list[Place]] = {}
        self.ended = False

    def finished_jobs(self) -> Iterator[tuple[int, list[Place]]]:
        """The jobs finished since the last call."""
        try:
            data = os.read(self._pipe, 1 << 16)
        except BlockingIOError:
            return
        self.ended = not data
        notes, self._rest = protocol.split_notes(self._rest + data)
        for job, offset, length in notes:
            if length:
                self._places.setdefault(job, []).append((offset, length))
            else:
                yield job, self._places.pop(job, [])

    def wait(self) -> None:
        select.select([self._pipe], [], [])


def _read_results(worker: Worker, places: Iterable[Place], count: Count, errors: list[str]) -> Iterator[list[FileRead]]:
    for offset, length in places:
        result = decode_result(os.pread(worker.pipes.spool, length, offset))
        errors += result.errors
        count(sum(read.bytes_read for read in result.reads))
        yield result.reads
