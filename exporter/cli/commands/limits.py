"""`claude-tracker limits`, and the click commands of `statusline` and `hook`."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.output import print_json, print_report
from exporter.cli.wiring import updates
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.errors import DatabaseError


@click.command()
@common.database_option
@common.config_dir_option
@common.display_options
@click.option(
    "--history",
    "with_history",
    is_flag=True,
    help="Also show every limit reached, and the usage reports of the last 30 days.",
)
@click.option(
    "--ask",
    "asks",
    is_flag=True,
    help="First ask the installed Claude Code for your limits (its own /usage), at most every five minutes.",
)
@common.json_option("Print the result as JSON.")
def limits(
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    with_history: bool,
    asks: bool,
    as_json: bool,
    plan: PlanSettings,
) -> None:
    """Show how much of your limits is used, when they reset, and the current week and month.

    Updates the database first, unless a tracker does.
    """
    if asks:
        from exporter.cli.wiring.asking import ask_once

        updates.refuse_unknown_name(database)
        ask_once(database, config_dirs)
    worker = updates.start_worker_to_show(database)
    source = updates.scan_if_unlocked(
        database, "limits", lambda: updates.scan_once(database, config_dirs, worker, detects=False)
    )
    from exporter.snapshot.limits import limit_history
    from exporter.snapshot.limits.limits_json import limits_json
    from exporter.snapshot.take import take_current
    from exporter.store.reader import Reader

    reader, now = Reader(database), clock()
    current = take_current(reader, now, zone, plan=plan)
    if current is None:
        raise DatabaseError(f"{database} contains no data yet. {source}")
    past = limit_history.past_limits(reader, now - 30 * DAY) if with_history else None
    if as_json:
        print_json(limits_json(current, past))
        return
    from exporter import report

    source = updates.with_missing(source, reader, config_dirs)
    print_report(lambda width: report.limits(current, past, source, zone, width))


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def statusline(arguments: tuple[str, ...]) -> None:
    """Print Claude Code's status line and record its limits."""
    from exporter.cli.commands.statusline import main

    main(list(arguments))


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def hook(arguments: tuple[str, ...]) -> None:
    """Record the input of a Claude Code hook for the tracker."""
    from exporter.cli.commands.statusline import hook

    hook(list(arguments))
