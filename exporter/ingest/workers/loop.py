"""What the worker process does: it takes jobs until there are none."""

from __future__ import annotations

import gc
from pathlib import Path

from exporter.ingest.pricer import Pricer
from exporter.ingest.transcripts.reading import portions
from exporter.ingest.workers import protocol
from exporter.ingest.workers.messages import Result, decode_task, encode
from exporter.ingest.workers.protocol import Pipes
from exporter.sources.prices import PriceList


def read_jobs(pipes: Pipes) -> None:
    """Read jobs and send their results until no job is left."""
    gc.disable()  # as in the main process: nothing that is read refers in circles
    content, offset = protocol.read_task(pipes.spool)
    task = decode_task(content)
    file = Path(task.rates_file) if task.rates_file is not None else None
    price = Pricer(PriceList(file, task.user_prices))
    while (job := protocol.take_job_number(pipes.jobs)) is not None:
        errors: list[str] = []
        for reads in portions(task.jobs[job], price, task.times, lambda _: None, errors):
            offset = send_result(pipes, job, offset, Result(reads, []))
        if errors:
            offset = send_result(pipes, job, offset, Result([], errors))
        protocol.write_note(pipes.results, job)


def send_result(pipes: Pipes, job: int, offset: int, result: Result) -> int:
    """Write a part of a job's result to the spool and announce it. Returns the offset behind it."""
    content = encode(result)
    protocol.write_to_spool(pipes.spool, content, offset)
    protocol.write_note(pipes.results, job, offset, len(content))
    return offset + len(content)
