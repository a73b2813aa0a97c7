"""`claude-tracker sessions`."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.output import print_json, print_report
from exporter.cli.wiring import updates
from exporter.domain.calendar.timestamp import DAY
from exporter.store.reader import Reader


@click.command()
@common.reading_options
@common.timezone_option
@click.option("--active", "which", flag_value="active", help="Only sessions that are running now.")
@click.option("--all", "which", flag_value="all", help="All sessions, instead of those of the last day.")
@common.json_option("Print the rows as JSON.")
def sessions(
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    processes: bool,
    which: str | None,
    as_json: bool,
) -> None:
    """Show the active sessions and those of the last day. Updates the database first, unless a tracker does."""
    worker = updates.start_worker_to_show(database)
    source = updates.scan_if_unlocked(
        database, "sessions", lambda: updates.scan_once(database, config_dirs, worker, detects=processes)
    )
    from exporter.snapshot.sessions import session_history
    from exporter.snapshot.snapshot_json import session_json
    from exporter.store.sessions.session_rows import SessionQuery

    reader = Reader(database)
    if which == "active":
        rows = session_history.active_sessions(reader)
    else:
        rows = session_history.sessions(reader, SessionQuery(since=None if which == "all" else clock() - DAY))
    if as_json:
        print_json({"items": [session_json(row) for row in rows]})
        return
    from exporter import report

    print_report(lambda _: report.sessions(rows, source, clock(), zone))
