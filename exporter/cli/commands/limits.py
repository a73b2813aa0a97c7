"""`claude-tracker limits`, and the place of `statusline` among the commands."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli.clock import clock
from exporter.cli.commands.ingest import look_if_free, look_once, start_worker_if_new
from exporter.cli.options import common
from exporter.cli.output import print_json, print_report
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.errors import DatabaseError


@click.command()
@common.database_option
@common.config_dir_option
@common.timezone_option
@common.plan_options
@click.option("--history", "with_history", is_flag=True, help="Every hit, and every reading of the last 30 days.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def limits(
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    with_history: bool,
    as_json: bool,
    plan: PlanSettings,
) -> None:
    """How much of your limits is used, and until when; the week and the month. Looks first, unless a tracker does."""
    hand = start_worker_if_new(database)
    source = look_if_free(database, "limits", lambda: look_once(database, config_dirs, hand, detects=False))
    from exporter.snapshot.limits import limit_history
    from exporter.snapshot.limits.limits_json import limits_json
    from exporter.snapshot.take import take_current
    from exporter.store.reader import Reader

    reader, now = Reader(database), clock()
    current = take_current(reader, now, zone, plan=plan)
    if current is None:
        raise DatabaseError(f"there are no figures in {database} yet. {source}")
    past = limit_history.past_limits(reader, now - 30 * DAY) if with_history else None
    if as_json:
        print_json(limits_json(current, past))
        return
    from exporter import report

    print_report(lambda _: report.limits(current, past, source, zone))


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def statusline(arguments: tuple[str, ...]) -> None:
    """Draw Claude Code's status line, and hand what it says to the tracker."""
    from exporter.cli.commands.statusline import main

    main(list(arguments))


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def hook(arguments: tuple[str, ...]) -> None:
    """Hand what a hook of Claude Code's says to the tracker."""
    from exporter.cli.commands.statusline import hook

    hook(list(arguments))
