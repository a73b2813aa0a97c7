"""`claude-tracker serve`."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import click

from exporter import __version__
from exporter.cli import locking, settings
from exporter.cli.clock import clock
from exporter.cli.once import check
from exporter.cli.warning_options import threshold_options
from exporter.domain.configured import Plan
from exporter.domain.health import Health, seen_apart
from exporter.domain.warning import Thresholds


@click.command()
@settings.database_option
@settings.serving_options
@settings.timezone_option
@settings.plan_options
@threshold_options
def serve(
    database: Path,
    listen: tuple[str, int],
    allowed_hosts: tuple[str, ...],
    token: str | None,
    zone: tzinfo | None,
    plan: Plan,
    thresholds: Thresholds,
) -> None:
    """Serve what a database tells, beside a separate detect that keeps it up to date, until it is ended."""
    from exporter.cli import tracker
    from exporter.store.reader import Reader
    from exporter.web.server import bind
    from exporter.web.server import serve as serve_on

    settings.log_to_stderr()
    check(database)
    reader = Reader(database)
    listener = bind(*listen, has_token=token is not None)

    def detector_runs() -> bool:
        return locking.tracker_of(database) is not None

    def health() -> Health:
        detector = locking.tracker_of(database)
        since, detects = (detector.since, detector.detects) if detector is not None else (None, False)
        return seen_apart(reader.told_health(), since, detects, clock())

    app = tracker.build_app(
        tracker.Faces(database, zone, plan, thresholds), health, allowed_hosts, token, detector_runs
    )
    click.echo(f"claude-tracker {__version__} on http://{listen[0]}:{listen[1]}/ , database {database}", err=True)
    serve_on(app, listener, lambda: None, lambda: None)
