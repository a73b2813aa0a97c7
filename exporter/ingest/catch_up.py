"""Brings the store up to date with the transcripts: first read, later reads, and rebuild."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from exporter.domain.accounts import FolderAccount
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.retention import Retention
from exporter.domain.usage.bounds import time_bounds
from exporter.domain.usage.pricing import Price
from exporter.ingest.early import EarlyRead
from exporter.ingest.first_read import Clock, ReadAccounts, TakeSample, read_everything, reading
from exporter.ingest.limits.hits import Zone, hits_in
from exporter.ingest.limits.readings import take_readings
from exporter.ingest.pricer import Pricer
from exporter.ingest.reports import Report, count_progress, log_failed, report_of
from exporter.ingest.retention import retention_of
from exporter.ingest.transcripts.reading import read_in_process
from exporter.ingest.transcripts.rereading import Rereading
from exporter.ingest.transcripts.scan import ChangedFile, Progress, Scan, both, no_progress, scan, scan_paths
from exporter.ingest.workers.process import Worker
from exporter.sources.error_log import ErrorLog
from exporter.sources.limits.files import LimitFiles
from exporter.sources.local_zone import local_zone
from exporter.sources.prices import PriceList
from exporter.store.database.size import refuse_without_room
from exporter.store.open_store import new_store, open_store
from exporter.store.store import Store
from exporter.store.transcripts.file_read import FileRead

log = logging.getLogger(__name__)


def no_accounts(now: int) -> Sequence[FolderAccount]:
    """A `ReadAccounts` without any."""
    return ()


class Ingest:
    """Reads the roots into a store. Keeps the known files between scans. The caller holds the ingest lock."""

    def __init__(
        self,
        store: Store,
        roots: Callable[[], Sequence[Path]],
        clock: Clock,
        prices: PriceList,
        zone: Zone = local_zone,
        accounts: ReadAccounts = no_accounts,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._roots = roots
        self._clock = clock
        self._prices = prices
        price = store.price = Pricer(prices)
        self._read = read_in_process(price, clock)
        self._zone = zone
        self._known = store.files()
        self.again = Rereading(store, self._known, price, clock, lambda reads: hits_in(reads, zone))
        self._error_log = ErrorLog()
        self._unread: tuple[ChangedFile, ...] = ()

    def catch_up(self, progress: Progress = no_progress) -> Report:
        """Scan everything and read what changed, and count what was ahead of now until now. Raises DatabaseError."""
        self._count_due()
        found = scan(self._roots(), self._known, self._quiet_since_ns())
        report = self._take(found, progress)
        self._unread = tuple(file for file in found.found if not self._is_read(file))
        return report

    def retention(self) -> Retention:
        """What was not read in the last full scan, and when it is deleted."""
        return retention_of(self._roots(), self._unread)

    def _is_read(self, file: ChangedFile) -> bool:
        known = self._known.get(file.path)
        return known is not None and known.stat.mtime_ns >= file.stat.mtime_ns

    def catch_up_in(self, roots: Sequence[Path]) -> Report:
        """Scan these roots only. Raises DatabaseError."""
        return self._take(scan(roots, self._known, self._quiet_since_ns()), no_progress)

    def _quiet_since_ns(self) -> int:
        return time_bounds(self._clock()).quiet_since_ns

    def catch_up_with(self, paths: Sequence[str]) -> Report:
        """Read only these files, which were reported as changed. Raises DatabaseError."""
        return self._take(scan_paths(paths, self._known), no_progress)

    def _take(self, scan_result: Scan, progress: Progress) -> Report:
        take_accounts(self._store, self._accounts, self._clock())
        errors = list(scan_result.errors)
        report = Report(missing=len(scan_result.missing))
        missing, count = scan_result.missing, count_progress(progress, scan_result)
        again = self.again.is_needed or any(file.known is not None and file.known.again for file in scan_result.found)
        for found, passed_over in self._by_age(scan_result.found):
            for reads in self._read(found, count, errors):
                hits = hits_in(reads, self._zone)
                log_failed(self._store.apply(reads, missing, self._clock(), hits, passed_over=passed_over, again=again))
                missing = ()
                self._remember(reads)
                report += report_of(reads)
        if missing:
            self._store.apply((), missing, self._clock())
        self._known |= {state.path: state for state in scan_result.missing}
        self._prices.save()
        self._error_log.log_new(errors)
        return report._replace(errors=tuple(errors))

    def _by_age(self, found: Sequence[ChangedFile]) -> Iterator[tuple[Sequence[ChangedFile], bool]]:
        """The files; after an upgrade, those apart that the earlier version had before it and passed over."""
        before = self.again.passed_over_before
        if before is None:
            yield found, False
            return
        oldest_new = (before - MINUTE) * 1_000_000
        for is_old in (True, False):
            if own := [file for file in found if (file.stat.mtime_ns < oldest_new) is is_old]:
                yield own, is_old

    def read_again(self) -> None:
        """Read a portion of what an earlier version has read. Raises DatabaseError."""
        log_failed(self.again.step())

    def finish_reading_again(self, progress: Progress = no_progress) -> None:
        """Read all that an earlier version has read. Raises DatabaseError."""
        total = self.again.unread() if self.again.is_needed else 0
        while self.again.is_needed:
            self.read_again()
            progress(total - self.again.unread(), total)

    def _count_due(self) -> None:
        now = self._clock()
        if due := self._store.due(now):
            log_failed(self._store.apply_due(due, now, hits_in(due, self._zone)))
        self._store.compare_client_totals(now)

    def _remember(self, reads: Sequence[FileRead]) -> None:
        for read in reads:
            if read.renamed_from:
                self._known.pop(read.renamed_from, None)
            self._known[read.state.path] = read.state
            self.again.note(read.state)


def take_accounts(store: Store, accounts: ReadAccounts, now: int) -> None:
    """Save to whom the folders belong, before what was read of them."""
    if found := accounts(now):
        store.take_accounts(found, now)


def open_caught_up(
    path: Path,
    roots: Callable[[], Sequence[Path]],
    clock: Clock,
    announce: Callable[[str], None],
    progress: Progress = no_progress,
    *,
    prices: PriceList | None = None,
    worker: Worker | None = None,
    serves: bool = False,
    take_sample: TakeSample | None = None,
    zone: Zone = local_zone,
    accounts: ReadAccounts = no_accounts,
    early: Callable[[Price], EarlyRead] | None = None,
    limits: LimitFiles | None = None,
) -> tuple[Ingest, Store, Report]:
    """The store, caught up with all transcripts; after a first read if it is new.

    The first read of a new database writes to a temporary file that is renamed to `path` when complete. In an existing
    database it is one transaction. The caller holds the ingest lock.
    `worker`: a second process for the first read, stopped at its end. `serves`: the totals are being scraped.
    `take_sample`: shows a first read which sessions are over. `zone`: of limit texts without a time zone.
    `accounts`: to whom the folders belong. `early`: shows the newest part of a first read before the rest is read.
    `limits`: a new database appears with what these files say, and they are left to be read again.

    Raises ForeignDatabaseError, DatabaseError.
    """
    prices = prices or PriceList()
    report = Report()
    if not path.exists() or path.stat().st_size == 0:
        found = scan(roots(), {})
        refuse_without_room(path, found.unread)
        shown = early(Pricer(prices)) if early is not None else None
        try:
            with (
                new_store(path, partial(_take_first_readings, limits, clock)) as fresh,
                reading(prices, worker, clock) as read,
            ):
                fresh.price = Pricer(prices)
                fresh.take_accounts_within(accounts(clock()), clock())
                taken = shown.newest_first(read) if shown is not None else read
                noted = both(progress, shown.progress) if shown is not None else progress
                report = read_everything(fresh, found, clock, noted, taken, take_sample, zone)
        finally:
            if shown is not None:
                shown.end()
    store = open_store(path, announce, serves=serves)
    store.make_sums()
    store.price = Pricer(prices)
    store.take_accounts(accounts(clock()), clock())
    if serves:
        store.announce(clock())
    if store.first_read_at() is None:
        with store.transaction(), reading(prices, worker, clock) as read:
            report = read_everything(store, scan(roots(), {}), clock, progress, read, take_sample, zone)
    ingest = Ingest(store, roots, clock, prices, zone, accounts)
    return ingest, store, report + ingest.catch_up(progress)


def _take_first_readings(limits: LimitFiles | None, clock: Clock, store: Store) -> None:
    """What the service said so far; the files are read again, and removed, once the database is there."""
    if limits is not None:
        take_readings(store, limits, clock())
