"""`claude-tracker detect`."""

from __future__ import annotations

import signal
import threading
from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli.clock import clock
from exporter.cli.help import ManyOptions
from exporter.cli.options import common
from exporter.cli.options.notifications import NotificationOptions
from exporter.cli.options.sync import SyncSettings
from exporter.cli.options.tracking import tracking_options
from exporter.cli.output import say
from exporter.cli.wiring import environment, locking
from exporter.cli.wiring.folders import nothing_found_message, roots_of
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.notifications.warning import Thresholds


@click.command(cls=ManyOptions)
@common.log_option
@tracking_options
def detect(
    log_format: str,
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    plan: PlanSettings,
    processes: bool,
    sample_seconds: float,
    custom_names: bool,
    thresholds: Thresholds,
    notifications: NotificationOptions,
    sync_settings: SyncSettings,
) -> None:
    """Like run, but without serving: keep a database up to date until stopped."""
    from exporter.cli.wiring import tracker

    environment.log_to_stderr(log_format)
    roots = roots_of(config_dirs)
    environment.check_database(database)
    lock = locking.acquire_as_tracker(database, "detect", clock(), detects=processes)
    if not any(folder.is_dir() for folder in roots()):
        say(nothing_found_message(roots), err=True)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
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
        reports_health=True,
    )
    engine.start()
    say(f"keeping {database} up to date", err=True)
    stopped.wait()
    engine.stop()
