"""Reads everything into a new store, and derives all data from it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from exporter.domain.accounts import FolderAccount
from exporter.domain.limits.hit import ReportedHit
from exporter.domain.sessions.session import ProcessSample
from exporter.ingest.limits.hits import Zone, hits_in
from exporter.ingest.pricer import Pricer
from exporter.ingest.reports import Report, count_progress, log_failed, report_of
from exporter.ingest.sessions.detection import observed_sessions, quiet_before
from exporter.ingest.transcripts.reading import Read, read_in_process
from exporter.ingest.transcripts.scan import Progress, Scan
from exporter.ingest.workers.process import Worker, stop_worker
from exporter.sources.prices import PriceList
from exporter.store.store import Store

Clock = Callable[[], int]
"""The current time, ms."""
TakeSample = Callable[[], ProcessSample]
"""Takes a sample of the process list."""
ReadAccounts = Callable[[int], Sequence[FolderAccount]]
"""To whom the configuration folders belong, where that is new at a time (ms)."""


def read_everything(
    store: Store,
    scan_result: Scan,
    clock: Clock,
    progress: Progress,
    read: Read,
    take_sample: TakeSample | None,
    zone: Zone,
) -> Report:
    """Read what the scan found and derive all data, in the caller's transaction. The next catch-up reports errors."""
    errors = list(scan_result.errors)
    report = Report()
    hits: list[ReportedHit] = []
    with without_collection():
        for reads in read(scan_result.found, count_progress(progress, scan_result), errors):
            log_failed(store.put(reads, clock()))
            hits += hits_in(reads, zone)
            report += report_of(reads)

        store.derive_all(clock(), hits, concluding(store, clock, take_sample))
    store.mark_first_read(clock())
    return report


def concluding(store: Store, clock: Clock, take_sample: TakeSample | None) -> Callable[[], None]:
    """What makes the runs of sessions, by a sample of the processes if there is one."""

    def conclude() -> None:
        now = clock()
        observed = observed_sessions(store, take_sample(), now) if take_sample is not None else None
        store.observe_within(observed, (), quiet_before(observed, now), now, all_follow=True)

    return conclude


@contextmanager
def reading(prices: PriceList, worker: Worker | None, clock: Clock) -> Iterator[Read]:
    """Yields a function that reads many files, using the worker if there is one. Stops the worker at the end."""
    price = Pricer(prices)
    if worker is None:
        yield read_in_process(price, clock)
    else:
        from exporter.ingest.workers.parallel_reading import read_with

        try:
            yield read_with(worker, price, clock, prices.file, prices.user)
        finally:
            stop_worker(worker)
    prices.save()


@contextmanager
def without_collection() -> Iterator[None]:
    """Without garbage collection: the data has no reference cycles, and searching for them takes 10 % of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
