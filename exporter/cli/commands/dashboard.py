"""`claude-tracker dashboard`."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.options.types import UserPath
from exporter.cli.output import say
from exporter.cli.wiring import updates
from exporter.domain.calendar import timestamp
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.errors import ConfigurationError, DatabaseError, TrackerError, reason


@click.command()
@common.reading_options
@common.display_options
@click.option(
    "--output",
    type=UserPath(dir_okay=False, writable=True, path_type=Path),
    required=True,
    help="File to write.",
)
def dashboard(
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    plan: PlanSettings,
    processes: bool,
    output: Path,
) -> None:
    """Write the dashboard to a single file that opens without a server or a network."""
    if not output.parent.is_dir():
        raise ConfigurationError(f"cannot write {output}: there is no folder {output.parent}")
    worker = updates.start_worker_to_show(database)
    from exporter import page
    from exporter.page.data import offline_data
    from exporter.store.reader import Reader

    reader = Reader(database)
    source, tracked = updates.catch_up_if_unlocked(reader, "dashboard", config_dirs, worker, processes)
    now = clock()
    data = offline_data(reader, now, zone, plan, Health(detects=tracked))
    if data is None:
        raise DatabaseError(f"{database} contains no data yet. {source}")
    try:
        output.write_text(page.offline_html(data, timestamp.to_iso(now)), encoding="utf-8")
    except OSError as error:
        raise TrackerError(f"cannot write {output}: {reason(error)}") from error
    say(f"Wrote the dashboard as of {timestamp.to_iso(now)} to {output}")
