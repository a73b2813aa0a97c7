"""`claude-tracker serve`."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import click

from exporter import __version__
from exporter.cli.clock import clock
from exporter.cli.help import ManyOptions
from exporter.cli.options import common
from exporter.cli.options.notifications import threshold_options
from exporter.cli.output import say
from exporter.cli.wiring import environment, locking
from exporter.domain.health import Health, reported_health_at
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.notifications.warning import Thresholds
from exporter.errors import DatabaseError


@click.command(cls=ManyOptions)
@common.log_option
@common.database_option
@common.serving_options
@common.display_options
@threshold_options
def serve(
    log_format: str,
    database: Path,
    listen: tuple[str, int],
    allowed_hosts: tuple[str, ...],
    token: str | None,
    zone: tzinfo | None,
    plan: PlanSettings,
    thresholds: Thresholds,
) -> None:
    """Serve a database until stopped. A separate detect keeps it up to date."""
    from exporter.cli.wiring import doctor, tracker
    from exporter.store.reader import Reader
    from exporter.web.listener import bind
    from exporter.web.server import serve as serve_on

    shows_texts = environment.page_texts(token)
    environment.log_to_stderr(log_format)
    if not database.parent.is_dir():
        raise DatabaseError(f"there is no folder {database.parent}: check --database")
    environment.check_database(database)
    reader = Reader(database)
    listener = bind(*listen, has_token=token is not None)

    def detector_runs() -> bool:
        return locking.live_tracker(database) is not None

    def health() -> Health:
        detector = locking.live_tracker(database)
        since, detects = (detector.since, detector.detects) if detector is not None else (None, False)
        return reported_health_at(reader.read_health(), since, detects, clock())

    app = tracker.build_app(
        tracker.TrackerSettings(database, zone, plan, thresholds),
        health,
        allowed_hosts,
        token,
        detector_runs,
        doctor.examiner(doctor.place_of(database, (), doctor.Addresses(listen), zone, None, health)),
        shows_texts=shows_texts,
    )
    say(f"claude-tracker {__version__} is running on http://{listen[0]}:{listen[1]}/ (database: {database})", err=True)
    serve_on(app, listener, lambda: None, lambda: None)
