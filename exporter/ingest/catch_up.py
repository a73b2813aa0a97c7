"""Brings the store up to date with the transcripts: the first read, every later one, and a rebuild."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from exporter.domain.limits.hit import Hit
from exporter.domain.sessions.session import ProcessSample
from exporter.domain.transcripts.file_state import FileState
from exporter.ingest.limits.hits import Zone, hits_in
from exporter.ingest.pricer import Pricer
from exporter.ingest.sessions.detection import observed_sessions, quiet_before
from exporter.ingest.transcripts.reading import Read, alone
from exporter.ingest.transcripts.scan import Progress, Scan, no_progress, scan, scan_paths
from exporter.ingest.workers.process import Worker, stop_worker
from exporter.sources.error_log import ErrorLog
from exporter.sources.local_zone import local_zone
from exporter.sources.prices import PriceBook
from exporter.store.open_store import new_store, open_store
from exporter.store.store import Store
from exporter.store.transcripts.file_read import FileRead

Clock = Callable[[], int]
"""The time now, ms."""
TakeSample = Callable[[], ProcessSample]
"""Looks at what runs."""


class Report(NamedTuple):
    """What a catch-up did."""

    files: int = 0
    lines: int = 0
    bytes_read: int = 0
    missing: int = 0
    errors: tuple[str, ...] = ()

    def __add__(self, other: Report) -> Report:  # type: ignore[override]
        return Report(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))  # type: ignore[operator]


class Ingest:
    """Reads the roots into a store. Holds the known files between looks; its holder has the ingest lock."""

    def __init__(
        self, store: Store, roots: Callable[[], Sequence[Path]], clock: Clock, prices: PriceBook, zone: Zone = local_zone
    ) -> None:
        self._store = store
        self._roots = roots
        self._clock = clock
        self._prices = prices
        self._read = alone(Pricer(prices))
        self._zone = zone
        self._known = store.files()
        self._complaints = ErrorLog()

    def catch_up(self, progress: Progress = no_progress) -> Report:
        """A full look, and everything it finds. Raises DatabaseError."""
        return self._take(scan(self._roots(), self._known), progress)

    def catch_up_with(self, paths: Sequence[str]) -> Report:
        """Only these files, of which a change was reported. Raises DatabaseError."""
        return self._take(scan_paths(paths, self._known), no_progress)

    def _take(self, seen: Scan, progress: Progress) -> Report:
        errors = list(seen.errors)
        report = Report(missing=len(seen.missing))
        missing: Sequence[FileState] = seen.missing
        for reads in self._read(seen.found, _watching(progress, seen), errors):
            self._store.apply(reads, missing, self._clock(), hits_in(reads, self._zone))
            missing = ()
            self._remember(reads)
            report += _report_of(reads)
        if missing:
            self._store.apply((), missing, self._clock())
        self._known |= {state.path: state for state in seen.missing}
        self._prices.keep()
        self._complaints.tell(errors)
        return report._replace(errors=tuple(errors))

    def _remember(self, reads: Sequence[FileRead]) -> None:
        for read in reads:
            if read.renamed_from:
                self._known.pop(read.renamed_from, None)
            self._known[read.state.path] = read.state


def _watching(progress: Progress, seen: Scan) -> Callable[[int], None]:
    done, total = 0, seen.unread

    def count(read: int) -> None:
        nonlocal done
        done += read
        progress(done, max(done, total))

    return count


def _report_of(reads: Sequence[FileRead]) -> Report:
    return Report(
        files=sum(read.ended for read in reads),
        lines=sum(read.batch.lines for read in reads),
        bytes_read=sum(read.bytes_read for read in reads),
    )


def open_caught_up(
    path: Path,
    roots: Callable[[], Sequence[Path]],
    clock: Clock,
    announce: Callable[[str], None],
    progress: Progress = no_progress,
    *,
    prices: PriceBook | None = None,
    worker: Worker | None = None,
    serves: bool = False,
    take_sample: TakeSample | None = None,
    zone: Zone = local_zone,
) -> tuple[Ingest, Store, Report]:
    """The store with everything that is there now, made by a first read where it is new.

    The first read of a new database goes into a file of its own that appears at `path` when it is whole,
    so that until then there is none. In a database that exists it is one transaction.
    `prices`: the prices. `worker`: a second process for the first read, dismissed at its end. `serves`: the totals are
    scraped meanwhile. `take_sample`: looks at what runs, so that a first read knows which sessions are over. `zone`: whose
    clock a limit text without a zone tells.
    The caller holds the ingest lock.

    Raises ForeignDatabaseError, DatabaseError.
    """
    prices = prices or PriceBook()
    report = Report()
    if not path.exists() or path.stat().st_size == 0:
        with new_store(path) as fresh, reading(prices, worker) as read:
            report = _first_read(fresh, scan(roots(), {}), clock, progress, read, take_sample, zone)
    store = open_store(path, announce, serves=serves)
    if serves:
        store.announce(clock())
    if store.first_read_at() is None:
        with store.transaction(), reading(prices, worker) as read:
            report = _first_read(store, scan(roots(), {}), clock, progress, read, take_sample, zone)
    ingest = Ingest(store, roots, clock, prices, zone)
    return ingest, store, report + ingest.catch_up(progress)


def _first_read(
    store: Store, seen: Scan, clock: Clock, progress: Progress, read: Read, take_sample: TakeSample | None, zone: Zone
) -> Report:
    """Everything the look found, and all that follows from it, in the caller's transaction.

    What cannot be read is told by the look that follows.
    """
    errors = list(seen.errors)
    report = Report()
    hits: list[Hit] = []
    with without_collection():
        for reads in read(seen.found, _watching(progress, seen), errors):
            store.put(reads, clock())
            hits += hits_in(reads, zone)
            report += _report_of(reads)
        store.derive_all(clock(), hits)
    now = clock()
    sightings = observed_sessions(store, take_sample()) if take_sample is not None else None
    store.observe_within(sightings, (), quiet_before(sightings, now), now)
    store.mark_first_read(clock())
    return report


@contextmanager
def reading(prices: PriceBook, worker: Worker | None) -> Iterator[Read]:
    """A way to read many files: with the second process where there is one, which is dismissed at the end."""
    price = Pricer(prices)
    if worker is None:
        yield alone(price)
    else:
        from exporter.ingest.workers.parallel_reading import read_with

        try:
            yield read_with(worker, price, prices.file)
        finally:
            stop_worker(worker)
    prices.keep()


@contextmanager
def without_collection() -> Iterator[None]:
    """Nothing that is read refers in circles, and looking for circles in so much would take a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def rebuild(
    store: Store,
    roots: Sequence[Path],
    clock: Clock,
    progress: Progress = no_progress,
    *,
    prices: PriceBook | None = None,
    worker: Worker | None = None,
    zone: Zone = local_zone,
) -> Report:
    """Read every transcript that still exists again and derive everything anew, in one transaction.

    What only the database knows (responses whose transcripts are gone, peaks, labels) stays.
    `prices` and `worker` as in `open_caught_up`.
    """
    prices = prices or PriceBook()
    seen = scan(roots, {})
    errors = list(seen.errors)
    report = Report()
    hits: list[Hit] = []
    with store.transaction(), without_collection(), reading(prices, worker) as read:
        for reads in read(seen.found, _watching(progress, seen), errors):
            store.put_again(reads)
            hits += hits_in(reads, zone)
            report += _report_of(reads)
        store.reprice(Pricer(prices))
        store.derive_all(clock(), hits)
    return report._replace(errors=tuple(errors))


def reprice(store: Store, clock: Clock, prices: PriceBook) -> int:
    """Apply today's price list to everything stored, in one transaction. How many responses changed."""
    with store.transaction():
        changed = store.reprice(Pricer(prices))
        store.derive_all(clock())
    return changed


def reprice_stored(path: Path, clock: Clock, announce: Callable[[str], None], prices: PriceBook) -> int:
    """`reprice` for a database at `path`, closed afterwards. Raises ForeignDatabaseError, DatabaseError."""
    store = open_store(path, announce)
    try:
        return reprice(store, clock, prices)
    finally:
        store.close()
