"""`claude-tracker run`."""

from __future__ import annotations

import sys
from datetime import tzinfo
from pathlib import Path

import click

from exporter import __version__
from exporter.cli import locking, settings
from exporter.cli.clock import clock
from exporter.cli.folders import absence, roots_of
from exporter.cli.once import check
from exporter.cli.types import Listen
from exporter.cli.warning_options import WarningOptions, warning_options
from exporter.domain.configured import Plan

SWITCH_SECONDS = 0.0005
"""After so long a thread lets another run. By Python's own 5 ms a change waits for whole scrapes, at each step anew."""


@click.command()
@settings.database_option
@settings.config_dir_option
@click.option(
    "--listen",
    type=Listen(),
    default="127.0.0.1:3001",
    show_default=True,
    envvar="CLAUDE_TRACKER_LISTEN",
    help="Where to serve; a loopback address.",
)
@click.option(
    "--allow-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    envvar="CLAUDE_TRACKER_ALLOW_HOST",
    help="A name beside localhost that requests may be addressed to. Repeatable.",
)
@settings.timezone_option
@settings.plan_options
@settings.processes_option
@settings.sample_option
@warning_options
def run(
    database: Path,
    config_dirs: tuple[Path, ...],
    listen: tuple[str, int],
    allowed_hosts: tuple[str, ...],
    zone: tzinfo | None,
    plan: Plan,
    processes: bool,
    sample_seconds: float,
    warnings: WarningOptions,
) -> None:
    """Follow sessions and transcripts and serve what they tell, until it is ended."""
    from exporter.cli import tracker
    from exporter.web.server import bind, serve

    settings.log_to_stderr()
    sys.setswitchinterval(SWITCH_SECONDS)
    roots = roots_of(config_dirs)
    check(database)
    lock = locking.take_as_tracker(database, "run", clock())
    listener = bind(*listen)
    if missing := absence(roots):
        click.echo(missing, err=True)
    faces = tracker.Faces(database, zone, plan, warnings)
    engine = tracker.build_engine(faces, config_dirs, roots, lock, processes=processes, sample_seconds=sample_seconds)
    app = tracker.build_app(faces, engine, allowed_hosts)
    click.echo(f"claude-tracker {__version__} on http://{listen[0]}:{listen[1]}/ , database {database}", err=True)
    serve(app, listener, engine.start, engine.stop)
