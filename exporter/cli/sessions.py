"""`claude-tracker sessions`."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import click
import msgspec

from exporter.cli import locking, settings
from exporter.cli.clock import clock
from exporter.cli.once import check, hire_for_new, read_once
from exporter.cli.status import timezone_option
from exporter.domain.timestamp import DAY
from exporter.ingest.hand import Hand
from exporter.store.reader import Reader


@click.command()
@settings.database_option
@settings.config_dir_option
@timezone_option
@settings.processes_option
@click.option("--active", "which", flag_value="active", help="Only those that run now.")
@click.option("--all", "which", flag_value="all", help="All that were ever seen, instead of the last day's.")
@click.option("--json", "as_json", is_flag=True, help="The rows as JSON.")
def sessions(
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    processes: bool,
    which: str | None,
    as_json: bool,
) -> None:
    """The sessions that run, and those of the last day. Looks first, unless a tracker does."""
    hand = hire_for_new(database)
    source = _look_if_free(database, config_dirs, hand, processes)
    from exporter.snapshot import history
    from exporter.snapshot.form import session_json

    reader = Reader(database)
    if which == "active":
        rows = history.active_sessions(reader)
    else:
        rows = history.sessions(reader, since=None if which == "all" else clock() - DAY)
    if as_json:
        listed = {"items": [session_json(row) for row in rows]}
        click.echo(msgspec.json.format(msgspec.json.encode(listed), indent=2))
        return
    from rich.console import Console

    from exporter import report

    console = Console(width=max(Console().width, report.NARROWEST))
    console.print(report.sessions(rows, source, clock(), zone))


def _look_if_free(database: Path, config_dirs: tuple[Path, ...], hand: Hand | None, processes: bool) -> str:
    """Look at processes and transcripts unless a tracker does or nobody can; who did, in words."""
    from exporter.store.database import is_writable

    if not is_writable(database):
        return f"{database} cannot be written, so nothing new was looked for."
    check(database)
    with locking.as_command(database, "sessions", clock()) as tracker:
        if tracker is not None:
            return f"Kept up to date by {tracker}."
        _, errors = read_once(database, config_dirs, hand, detects=processes)
    if errors:
        return f"Looked just now, but {len(errors)} files or folders could not be read."
    return "Looked just now. `claude-tracker run` keeps it up to date."
