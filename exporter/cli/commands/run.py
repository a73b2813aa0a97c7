"""`claude-tracker run`."""

from __future__ import annotations

import sys
from datetime import tzinfo
from pathlib import Path

import click

from exporter import __version__
from exporter.cli.clock import clock
from exporter.cli.commands.ingest import check
from exporter.cli.options import common
from exporter.cli.options.notifications import NotificationOptions, notification_options, threshold_options
from exporter.cli.options.sync import Syncing, sync_options
from exporter.cli.wiring import environment, locking
from exporter.cli.wiring.folders import absence, roots_of
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.notifications.warning import Thresholds

SWITCH_SECONDS = 0.0005
"""After so long a thread lets another run. By Python's own 5 ms a change waits for whole scrapes, at each step anew."""


@click.command()
@common.database_option
@common.config_dir_option
@common.serving_options
@common.timezone_option
@common.plan_options
@common.processes_option
@common.sample_option
@threshold_options
@notification_options
@sync_options
def run(
    database: Path,
    config_dirs: tuple[Path, ...],
    listen: tuple[str, int],
    allowed_hosts: tuple[str, ...],
    token: str | None,
    zone: tzinfo | None,
    plan: PlanSettings,
    processes: bool,
    sample_seconds: float,
    thresholds: Thresholds,
    telling: NotificationOptions,
    syncing: Syncing,
) -> None:
    """Follow sessions and transcripts and serve what they tell, until it is ended."""
    from exporter.cli.wiring import tracker
    from exporter.web.server import bind, serve

    environment.log_to_stderr()
    sys.setswitchinterval(SWITCH_SECONDS)
    roots = roots_of(config_dirs)
    check(database)
    lock = locking.take_as_tracker(database, "run", clock(), detects=processes)
    listener = bind(*listen, has_token=token is not None)
    if missing := absence(roots):
        click.echo(missing, err=True)
    faces = tracker.TrackerSettings(database, zone, plan, thresholds)
    engine = tracker.build_engine(
        faces, telling, config_dirs, roots, lock, processes=processes, sample_seconds=sample_seconds, syncing=syncing
    )
    app = tracker.build_app(faces, engine.health, allowed_hosts, token, engine.nudge)
    click.echo(f"claude-tracker {__version__} on http://{listen[0]}:{listen[1]}/ , database {database}", err=True)
    serve(app, listener, engine.start, engine.stop)
