"""`claude-tracker status`. Modules that are needed only after a change, or for tables, are imported only then."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli.clock import clock
from exporter.cli.commands.ingest import (
    check_database,
    live_message,
    read_once,
    start_worker_if_new,
    unreadable_message,
)
from exporter.cli.options import common
from exporter.cli.output import print_json, print_report
from exporter.cli.wiring import locking
from exporter.cli.wiring.folders import roots_of
from exporter.cli.wiring.history_check import describe_differences
from exporter.domain.calendar import timestamp
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.errors import DatabaseError
from exporter.ingest import lock
from exporter.ingest.workers.process import Worker
from exporter.store.reader import Reader


@click.command()
@common.reading_options
@common.display_options
@common.json_option("Print the snapshot as JSON.")
def status(
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    processes: bool,
    as_json: bool,
    plan: PlanSettings,
) -> None:
    """Show the current 5-hour block, limits, and usage of today, this week, this month and all time.

    Reads new transcript entries first, unless a tracker does.
    """
    worker = start_worker_if_new(database)
    from exporter.snapshot.snapshot_json import to_json
    from exporter.snapshot.take import take

    reader = Reader(database)
    source, tracked = catch_up_if_unlocked(reader, "status", config_dirs, worker, processes)
    snapshot = take(reader, clock(), zone, Health(detects=tracked), plan)
    if snapshot is None or snapshot.health.first_read_at is None:
        raise DatabaseError(f"{database} contains no data yet. {source}")
    if as_json:
        print_json(to_json(snapshot))
        return
    from exporter import report

    message = f"{source} {last_commit(snapshot.health.committed_at)}"
    message = " ".join([message, *(f"{text[0].upper()}{text[1:]}." for text in describe_differences(reader))])
    print_report(lambda width: report.status(snapshot, message, width, zone))


READ_MESSAGE = "Read just now. Start `claude-tracker run` to keep this up to date."


def last_commit(committed_at: int | None) -> str:
    """A sentence with the time of the last commit; empty if there was none."""
    return f"Last commit: {timestamp.to_iso(committed_at)}." if committed_at is not None else ""


def catch_up_if_unlocked(
    reader: Reader, command: str, config_dirs: tuple[Path, ...], worker: Worker | None, processes: bool
) -> tuple[str, bool]:
    """Catch up for `command`, unless another process does or the database is read-only.

    Returns a sentence about what keeps the database up to date, and whether a tracker does.
    Processes are scanned for a first read only, which has to know which sessions are over.
    """
    database = reader.path
    from exporter.cli.names import spool_folder
    from exporter.ingest.up_to_date import is_current
    from exporter.sources.limits.spool import has_spooled
    from exporter.store.database.opening import is_writable

    if not is_writable(database):
        return f"{database} is not writable, so no new entries were read.", False
    check_database(database)
    held = lock.acquire(database, locking.this_process(lock.COMMAND, command, clock()))
    if held is None:
        tracker = locking.live_tracker(database)
        return live_message(lock.held_by(database)), tracker is not None
    try:
        if is_current(reader, roots_of(config_dirs)()) and not has_spooled(Path(spool_folder(str(database)))):
            return READ_MESSAGE, False
        is_new = not database.exists() or not database.stat().st_size
        _, errors = read_once(database, config_dirs, worker, detects=processes and is_new)
    finally:
        held.release()
    if errors:
        return f"Read just now, but {unreadable_message(len(errors))}.", False
    return READ_MESSAGE, False
