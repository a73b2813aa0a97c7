"""Reads every transcript again, or prices everything again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from exporter.domain.limits.hit import ReportedHit
from exporter.ingest.first_read import Clock, reading, without_collection
from exporter.ingest.limits.hits import Zone, hits_in
from exporter.ingest.pricer import Pricer
from exporter.ingest.reports import Report, count_progress, log_failed, report_of
from exporter.ingest.transcripts.scan import Progress, no_progress, scan
from exporter.ingest.workers.process import Worker
from exporter.sources.local_zone import local_zone
from exporter.sources.prices import PriceList
from exporter.store.open_store import open_store
from exporter.store.store import Store
from exporter.store.usage.reprice import Repriced


def rebuild(
    store: Store,
    roots: Sequence[Path],
    clock: Clock,
    progress: Progress = no_progress,
    *,
    prices: PriceList | None = None,
    worker: Worker | None = None,
    zone: Zone = local_zone,
) -> Report:
    """Read every existing transcript again and recompute all derived data, in one transaction.

    What only the database contains (responses of deleted transcripts, labels) is kept. Each counter keeps what it
    showed, and counts on from there.
    """
    prices = prices or PriceList()
    scan_result = scan(roots, {})
    errors = list(scan_result.errors)
    report = Report()
    hits: list[ReportedHit] = []
    with store.transaction(), store.new_rules(), without_collection(), reading(prices, worker, clock) as read:
        for reads in read(scan_result.found, count_progress(progress, scan_result), errors):
            log_failed(store.put_reread(reads, clock()))
            hits += hits_in(reads, zone)
            report += report_of(reads)
        store.reprice(Pricer(prices))
        store.derive_all(clock(), hits)
        store.forget_to_read_again()
    return report._replace(errors=tuple(errors))


def reprice(store: Store, clock: Clock, prices: PriceList) -> list[Repriced]:
    """Apply the current prices to everything stored, in one transaction. Returns what changed, by model."""
    with store.transaction(), store.new_rules():
        changed = store.reprice(Pricer(prices))
        store.derive_all(clock())
    return changed


def reprice_stored(path: Path, clock: Clock, announce: Callable[[str], None], prices: PriceList) -> list[Repriced]:
    """`reprice` for the database at `path`. Raises ForeignDatabaseError, DatabaseError."""
    store = open_store(path, announce)
    try:
        return reprice(store, clock, prices)
    finally:
        store.close()
        prices.save()
