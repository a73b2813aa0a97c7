"""`claude-tracker status`. What it needs only where something changed, or to draw tables, is imported only then."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli.clock import clock
from exporter.cli.commands.ingest import check_database, read_once, start_worker_if_new
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
@common.database_option
@common.config_dir_option
@common.timezone_option
@common.plan_options
@common.processes_option
@click.option("--json", "as_json", is_flag=True, help="The snapshot as JSON.")
def status(
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    processes: bool,
    as_json: bool,
    plan: PlanSettings,
) -> None:
    """The running block, limits, today, week and all time. Reads what is new first, unless a tracker does."""
    worker = start_worker_if_new(database)
    from exporter.snapshot.snapshot_json import to_json
    from exporter.snapshot.take import take

    reader = Reader(database)
    source, tracked = catch_up_if_unlocked(reader, "status", config_dirs, worker, processes)
    snapshot = take(reader, clock(), zone, Health(detects=tracked), plan)
    if snapshot is None or snapshot.health.first_read_at is None:
        raise DatabaseError(f"there are no figures in {database} yet. {source}")
    if as_json:
        print_json(to_json(snapshot))
        return
    from exporter import report

    told = f"{source} {last_commit(snapshot.health.committed_at)}"
    told = " ".join([told, *(f"{text[0].upper()}{text[1:]}." for text in describe_differences(reader))])
    print_report(lambda width: report.status(snapshot, told, width, zone))


def last_commit(committed_at: int | None) -> str:
    """As of when the figures are, in words; empty where nothing was committed."""
    return f"Last commit: {timestamp.to_iso(committed_at)}." if committed_at is not None else ""


def catch_up_if_unlocked(
    reader: Reader, command: str, config_dirs: tuple[Path, ...], worker: Worker | None, processes: bool
) -> tuple[str, bool]:
    """Catch up for `command` unless somebody else does or nobody can.

    Returns who keeps the figures, in words, and whether a tracker does.
    Processes are looked at for a first read alone, which has to know which sessions are over.
    """
    database = reader.path
    from exporter.cli.commands.statusline import spool_folder
    from exporter.ingest.up_to_date import is_current
    from exporter.sources.limits.spool import has_spooled
    from exporter.store.database.opening import is_writable

    if not is_writable(database):
        return f"{database} cannot be written, so nothing new was read.", False
    check_database(database)
    held = lock.acquire(database, locking.this_process(lock.COMMAND, command, clock()))
    if held is None:
        tracker = locking.live_tracker(database)
        return f"Kept up to date by {lock.held_by(database) or 'another claude-tracker'}.", tracker is not None
    try:
        if is_current(reader, roots_of(config_dirs)()) and not has_spooled(Path(spool_folder(str(database)))):
            return "Read just now. `claude-tracker run` keeps it up to date.", False
        is_new = not database.exists() or not database.stat().st_size
        _, errors = read_once(database, config_dirs, worker, detects=processes and is_new)
    finally:
        held.release()
    if errors:
        return f"Read just now, but for {len(errors)} files or folders that could not be read.", False
    return "Read just now. `claude-tracker run` keeps it up to date.", False
