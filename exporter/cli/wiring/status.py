"""What `status` shows: the snapshot, after reading what is new unless a tracker does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from exporter.cli.clock import clock
from exporter.cli.options.by_hand import StatusOptions
from exporter.cli.wiring import retention, updates
from exporter.domain.health import Health
from exporter.domain.retention import Retention
from exporter.errors import DatabaseError
from exporter.store.reader import Reader

if TYPE_CHECKING:  # imported after the worker was forked
    from exporter.snapshot.parts import Snapshot


class Taken(NamedTuple):
    """The snapshot, and for a person: a sentence about what keeps it up to date (`source`), whether a tracker does, and
    which transcripts will be deleted. `early`: reads what a first read shows meanwhile.
    """

    snapshot: Snapshot
    reader: Reader
    early: Reader
    source: str
    tracked: bool
    kept: Retention | None


def taken_now(options: StatusOptions) -> Taken:
    """Raises DatabaseError."""
    database = options.database
    worker = updates.start_worker_to_show(database, is_named=options.is_named)
    from exporter.snapshot.take import take_shown
    from exporter.store.database.early_place import early_path

    reader = Reader(database)
    source, tracked = updates.catch_up_if_unlocked(
        reader, "status", options.config_dirs, worker, options.processes, options.prices
    )
    is_read = source == updates.READ_MESSAGE
    kept = None if tracked else retention.of_untracked(reader, options.config_dirs, is_read=is_read)
    early = Reader(early_path(database))
    health = Health(detects=tracked, retention=kept)
    snapshot = take_shown(reader, early, clock(), options.zone, health, options.plan)
    if snapshot is None:
        raise DatabaseError(f"{database} contains no data yet. {source}")
    return Taken(snapshot, reader, early, source, tracked, kept)
