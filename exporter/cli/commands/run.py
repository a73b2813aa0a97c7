"""`claude-tracker run`."""

from __future__ import annotations

import sys
from datetime import tzinfo
from functools import partial
from pathlib import Path

import click

from exporter import __version__
from exporter.cli.clock import clock
from exporter.cli.help import ManyOptions
from exporter.cli.names import NAME
from exporter.cli.options import common
from exporter.cli.options.notifications import NotificationOptions
from exporter.cli.options.sync import SyncSettings
from exporter.cli.options.tracking import tracking_options
from exporter.cli.output import say
from exporter.cli.wiring import environment, first_read, locking
from exporter.cli.wiring.folders import folders_json, roots_of
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.notifications.warning import Thresholds
from exporter.errors import LockedError
from exporter.ingest.lock import Holder

SWITCH_SECONDS = 0.0005
"""Thread switch interval. With Python's default of 5 ms, each step of an ingestion would wait for a running scrape."""


@click.command(cls=ManyOptions)
@common.log_option
@common.serving_options
@tracking_options
def run(
    log_format: str,
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
    shows_texts = environment.page_texts(token)
    environment.log_to_stderr(log_format)
    sys.setswitchinterval(SWITCH_SECONDS)
    roots = roots_of(config_dirs)
    environment.check_database(database)
    try:
        lock = locking.acquire_as_tracker(database, "run", clock(), detects=processes)
    except LockedError:
        if (running := locking.live_tracker(database)) is None or running.address is None:
            raise
        say(_is_running(running, running.address, zone))
        return
    from exporter.web.listener import bind

    listener = bind(*listen, has_token=token is not None)
    address = f"http://{listen[0]}:{listener.getsockname()[1]}/"
    lock.name_address(address)
    config = environment.config_argument()
    started = first_read.start(database, config_dirs, lock, detects=processes, config=config)

    # Heavy: while the first read begins.
    from exporter.cli.wiring import doctor, starting, tracker
    from exporter.web.server import serve

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
        announce=partial(starting.announce, settings, roots, address),
        first_started=started,
    )
    place = doctor.place_of(database, config_dirs, doctor.Addresses(listen), zone, sync_settings, engine.health)
    examine = doctor.examiner(place)
    app = tracker.build_app(
        settings,
        engine.health,
        allowed_hosts,
        token,
        engine.nudge,
        examine,
        partial(folders_json, roots, database),
        shows_texts=shows_texts,
    )
    say(f"claude-tracker {__version__}", err=True)
    serve(app, listener, engine.start, engine.stop)


def _is_running(running: Holder, address: str, zone: tzinfo | None) -> str:
    from exporter.report.starting import running_line

    return running_line(address, running.pid, running.since, f"{NAME} stop", clock(), zone)
