"""`claude-tracker stop` and `claude-tracker open`."""

from __future__ import annotations

from pathlib import Path

import click

from exporter.cli.options import common
from exporter.cli.output import say
from exporter.cli.wiring import stopping
from exporter.errors import NotRunningError
from exporter.ingest import lock


@click.command()
@common.database_option
def stop(database: Path) -> None:
    """Stop the tracker that keeps the database up to date. A service starts again at the next login."""
    stopped = stopping.stop(database)
    say("No claude-tracker is running." if stopped is None else f"Stopped (pid {stopped.pid}).")


@click.command("open")
@common.database_option
def open_page(database: Path) -> None:
    """Open the dashboard of the running tracker in the browser."""
    running = lock.tracker_of(database)
    if running is None:
        raise NotRunningError("no claude-tracker is running: start it with `claude-tracker run`")
    if running.address is None:
        raise NotRunningError(f"{running} has no page: use the address of `claude-tracker serve`")
    say(running.address)
    click.launch(running.address)
