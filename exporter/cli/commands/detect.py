"""`claude-tracker detect`."""

from __future__ import annotations

import signal
import threading
from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli.clock import clock
from exporter.cli.commands.ingest import check
from exporter.cli.options import common
from exporter.cli.options.notifications import NotificationOptions, notification_options, threshold_options
from exporter.cli.options.sync import Syncing, sync_options
from exporter.cli.wiring import environment, locking
from exporter.cli.wiring.folders import absence, roots_of
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.notifications.warning import Thresholds


@click.command()
@common.database_option
@common.config_dir_option
@common.timezone_option
@common.plan_options
@common.processes_option
@common.sample_option
@threshold_options
@notification_options
@sync_options
def detect(
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    plan: PlanSettings,
    processes: bool,
    sample_seconds: float,
    thresholds: Thresholds,
    telling: NotificationOptions,
    syncing: Syncing,
) -> None:
    """The same as run without serving: keep a database up to date until it is ended."""
    from exporter.cli.wiring import tracker

    environment.log_to_stderr()
    roots = roots_of(config_dirs)
    check(database)
    lock = locking.take_as_tracker(database, "detect", clock(), detects=processes)
    if missing := absence(roots):
        click.echo(missing, err=True)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    faces = tracker.TrackerSettings(database, zone, plan, thresholds)
    engine = tracker.build_engine(
        faces,
        telling,
        config_dirs,
        roots,
        lock,
        processes=processes,
        sample_seconds=sample_seconds,
        syncing=syncing,
        tells_health=True,
    )
    engine.start()
    click.echo(f"keeping {database} up to date", err=True)
    ended.wait()
    engine.stop()
