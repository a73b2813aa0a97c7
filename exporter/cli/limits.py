"""`claude-tracker limits`, and the place of `statusline` among the commands."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli import settings
from exporter.cli.clock import clock
from exporter.cli.folders import limit_places
from exporter.cli.once import LOOKED, look_if_free
from exporter.cli.output import print_json, print_report
from exporter.cli.status import timezone_option
from exporter.domain.timestamp import DAY


@click.command()
@settings.database_option
@settings.config_dir_option
@timezone_option
@click.option("--history", "with_history", is_flag=True, help="Every reading of the last 30 days.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def limits(
    database: Path, config_dirs: tuple[Path, ...], zone: tzinfo | None, with_history: bool, as_json: bool
) -> None:
    """How much of the official windows is used, and when they are reset. Looks first, unless a tracker does."""
    source = look_if_free(database, "limits", lambda: _look(database, config_dirs))
    from exporter.snapshot import history
    from exporter.snapshot.form import limit_json, reading_json
    from exporter.store.reader import Reader

    reader, now = Reader(database), clock()
    current = history.limits(reader, now)
    told = history.readings(reader, now - 30 * DAY) if with_history else []
    if as_json:
        listed = {"items": [limit_json(one) for one in current]}
        if with_history:
            listed["history"] = [reading_json(one) for one in told]
        print_json(listed)
        return
    from exporter import report

    print_report(lambda _: report.limits(current, told if with_history else None, source, now, zone))


def _look(database: Path, config_dirs: tuple[Path, ...]) -> str:
    """Read what lies there, under the lock; what was done, in words."""
    from exporter.ingest.limits import take_limits
    from exporter.sources.limits.files import LimitFiles
    from exporter.store.opening import open_store

    if not database.exists() or not database.stat().st_size:
        return f"There is no database {database} yet; `claude-tracker run` makes it."
    store = open_store(database, lambda text: click.echo(text, err=True))
    try:
        take_limits(store, LimitFiles(limit_places(database, config_dirs)), clock)
    finally:
        store.close()
    return LOOKED


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def statusline(arguments: tuple[str, ...]) -> None:
    """Draw Claude Code's status line, and hand what it says to the tracker."""
    from exporter.cli.statusline import main

    main(list(arguments))
