"""`claude-tracker stop` and `claude-tracker open`."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import click

from exporter.cli.options import common
from exporter.cli.output import say
from exporter.errors import NotRunningError
from exporter.ingest import lock
from exporter.ingest.lock import Holder

STOP_SECONDS = 15.0
_POLL_SECONDS = 0.05


@click.command()
@common.database_option
def stop(database: Path) -> None:
    """Stop the tracker that keeps the database up to date. A service starts again at the next login."""
    running = _running(database)
    if running is None:
        say("No claude-tracker is running.")
        return
    os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while (now := _running(database)) is not None and now.pid == running.pid:
        if time.monotonic() > deadline:
            raise NotRunningError(
                f"{running} did not stop within {STOP_SECONDS:.0f} s; end the process {running.pid} yourself"
            )
        time.sleep(_POLL_SECONDS)
    say(f"Stopped (pid {running.pid}).")


@click.command("open")
@common.database_option
def open_page(database: Path) -> None:
    """Open the dashboard of the running tracker in the browser."""
    running = _running(database)
    if running is None:
        raise NotRunningError("no claude-tracker is running: start it with `claude-tracker run`")
    if running.address is None:
        raise NotRunningError(f"{running} has no page: use the address of `claude-tracker serve`")
    say(running.address)
    click.launch(running.address)


def _running(database: Path) -> Holder | None:
    """The tracker that holds the lock: a text without its lock may name anybody."""
    if not lock.is_held(database):
        return None
    holder = lock.held_by(database)
    return holder if holder is not None and holder.kind == lock.TRACKER and lock.is_alive(holder.pid) else None
