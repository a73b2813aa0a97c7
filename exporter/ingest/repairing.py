"""Repairs a damaged database: what can be read goes into a new one, and what the transcripts hold is read again."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from exporter.errors import DatabaseError
from exporter.ingest import rebuilding
from exporter.ingest.catch_up import open_caught_up
from exporter.ingest.first_read import Clock
from exporter.ingest.reports import Report
from exporter.ingest.transcripts.scan import Progress
from exporter.ingest.workers.process import Worker
from exporter.sources.prices import PriceList
from exporter.store.damage import integrity
from exporter.store.damage.salvage import Saved, count_responses, forget_what_is_in, save_what_can_be_read
from exporter.store.damage.saving import made_aside, replace, show_at_once
from exporter.store.database.copying import end_journal
from exporter.store.open_store import open_store


class Repaired(msgspec.Struct, frozen=True):
    """What a repair did. `kept`: where the damaged database is now; `responses`: counted ones, saved and in the end."""

    kept: Path
    saved: tuple[Saved, ...]
    responses_saved: int
    responses: int
    read: Report


def repair(
    path: Path,
    roots: Sequence[Path],
    clock: Clock,
    steps: Callable[[int, int], None],
    progress: Progress,
    *,
    prices: PriceList,
    worker: Worker | None = None,
) -> Repaired:
    """Put a repaired database in the place of a damaged one, which is kept. The caller holds the ingest lock.

    Raises DatabaseError; the damaged database is where it was then.
    """
    with made_aside(path, f"cannot repair {path}", "part", "fresh_read") as (part, fresh_read):
        saved = save_what_can_be_read(path, part, clock(), steps)
        before = count_responses(part)
        _, read_again, read = open_caught_up(fresh_read, lambda: roots, clock, lambda _: None, progress, prices=prices)
        read_again.close()
        if any(one.rows for one in saved):
            forget_what_is_in(part, fresh_read)
            store = open_store(part, lambda _: None)
            try:
                read = rebuilding.rebuild(store, roots, clock, progress, prices=prices, worker=worker)
            finally:
                store.close()
        else:
            part.unlink()
            os.replace(fresh_read, part)
        show_at_once(part)
        end_journal(part)
        findings = integrity.check(part)
        if not findings.is_whole:
            raise DatabaseError(f"the repaired database is not whole ({findings.sentence()}): {path} was not changed")
        after = count_responses(part)
        kept = replace(path, part, "damaged")
    assert kept is not None
    return Repaired(kept, tuple(saved), before, after, read)
