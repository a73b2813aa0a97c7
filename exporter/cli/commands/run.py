"""`claude-tracker run`."""

from __future__ import annotations

import sys
from datetime import tzinfo
from pathlib import Path

import click

from exporter import __version__
from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.options.notifications import NotificationOptions
from exporter.cli.options.sync import SyncSettings
from exporter.cli.options.tracking import tracking_options
from exporter.cli.output import say
from exporter.cli.wiring import environment, locking
from exporter.cli.wiring.folders import missing_roots_message, roots_of
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.notifications.warning import Thresholds

SWITCH_SECONDS = 0.0005
"""Thread switch interval. With Python's default of 5 ms, each step of an ingestion would wait for a running scrape."""


@click.command()
@common.serving_options
@tracking_options
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
    custom_names: bool,
    thresholds: Thresholds,
    notifications: NotificationOptions,
    sync_settings: SyncSettings,
) -> None:
    """Watch sessions and transcripts, and serve the results until stopped."""
    from exporter.cli.wiring import tracker
    from exporter.web.server import bind, serve

    shows_texts = environment.page_texts(token)
    environment.log_to_stderr()
    sys.setswitchinterval(SWITCH_SECONDS)
    roots = roots_of(config_dirs)
    environment.check_database(database)
    lock = locking.acquire_as_tracker(database, "run", clock(), detects=processes)
    listener = bind(*listen, has_token=token is not None)
    if missing := missing_roots_message(roots):
        say(missing, err=True)
    settings = tracker.TrackerSettings(database, zone, plan, thresholds, custom_names)
    engine = tracker.build_engine(
        settings,
        notifications,
        config_dirs,
        roots,
        lock,
        processes=processes,
        sample_seconds=sample_seconds,
        sync_settings=sync_settings,
    )
    app = tracker.build_app(settings, engine.health, allowed_hosts, token, engine.nudge, shows_texts=shows_texts)
    say(f"claude-tracker {__version__} is running on http://{listen[0]}:{listen[1]}/ (database: {database})", err=True)
    serve(app, listener, engine.start, engine.stop)
