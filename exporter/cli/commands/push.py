"""`claude-tracker push`."""

from __future__ import annotations

import signal
import threading
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.options.fleet import TABLE, FleetSettings
from exporter.cli.output import count, say, say_lines
from exporter.cli.wiring import environment, locking, updates
from exporter.domain.calendar.timestamp import format_minute
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.errors import ConfigurationError, DatabaseError, SyncError
from exporter.store.reader import Reader

if TYPE_CHECKING:
    from exporter.domain.fleet.state import StoreState


@click.command()
@common.reading_options
@common.display_options
@click.option("--once", is_flag=True, help="Send what the store lacks, and end.")
@click.option("--dry-run", is_flag=True, help="Print each series with the labels that would leave, and send nothing.")
def push(
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    plan: PlanSettings,
    processes: bool,
    once: bool,
    dry_run: bool,
) -> None:
    """Send the history and each minute's figures to the store of many machines, until stopped.

    The store stands in the configuration file, below [fleet]. A tracker sends to it while it runs.
    """
    settings = environment.fleet()
    if settings is None:
        raise ConfigurationError(f"no store configured: run `claude-tracker setup fleet`, or write [{TABLE}] url")
    if not once and not dry_run:
        _keep_sending(settings, database, zone, plan)
        return
    worker = updates.start_worker_to_show(database)
    source, tracked = updates.catch_up_if_unlocked(Reader(database), "push", config_dirs, worker, processes)
    from exporter.cli.wiring.push import pusher_of

    def health() -> Health:
        return Health(detects=tracked)

    if dry_run:
        _show(settings, database, zone, plan, f"{database} contains no data yet. {source}")
        return
    _report(pusher_of(settings, database, zone, plan, health).once(), settings)


def _report(state: StoreState, settings: FleetSettings) -> None:
    """Raises SyncError if it did not succeed."""
    refused = sum(state.refused.values())
    if refused:
        reasons = ", ".join(
            f"{number:,} {reason.replace('_', ' ')}" for reason, number in sorted(state.refused.items())
        )
        say(f"{settings.url} has refused {count(refused, 'sample')} so far ({reasons}).", err=True)
    if state.problem is not None:
        raise SyncError(f"{settings.url}: {state.problem}")
    if not state.until:
        raise DatabaseError("there is nothing to send yet: run `claude-tracker ingest`")
    say(f"{settings.url} has everything until {format_minute(state.until)}.")


def _show(settings: FleetSettings, database: Path, zone: tzinfo | None, plan: PlanSettings, nothing: str) -> None:
    """Print the series of the present to standard output, and what they are to standard error."""
    from exporter.cli.wiring.push import labels_of, source_of
    from exporter.metrics.history_text import series
    from exporter.push.source import SentSoFar
    from exporter.push.wire import decode

    found, now = source_of(settings, database, zone, plan), clock()
    standing = found.standing()
    own = {**labels_of(settings), "tracker": standing.tracker if standing is not None else ""}
    body = found.present(now, now, SentSoFar({}, None), own)
    if standing is None or standing.start is None or body is None:
        raise DatabaseError(nothing)
    since = max(standing.start, settings.since or 0)
    privacy = "projects" if settings.with_projects else "totals"
    say(f"To {settings.url}, each minute: the {count(body.samples, 'series', 'series')} below.", err=True)
    say(f"Once, and after each pause: the same since {format_minute(since)}, every five minutes.", err=True)
    say(f"Privacy: {privacy}. Nothing was sent.", err=True)
    for labels, samples in decode(body.content):
        named = dict(labels)
        say_lines(f"{series(named.pop('__name__'), named.items())} {samples[-1][1]:.12g}")


def _keep_sending(settings: FleetSettings, database: Path, zone: tzinfo | None, plan: PlanSettings) -> None:
    from exporter.cli.wiring.push import pusher_of
    from exporter.cli.wiring.sending_jobs import CHECK_SECONDS

    def health() -> Health:
        tracker = locking.live_tracker(database)
        return Health(detects=tracker is not None and tracker.detects)

    environment.log_to_stderr()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())

    def wait(seconds: float) -> None:
        stopped.wait(seconds)

    pusher = pusher_of(settings, database, zone, plan, health, wait)
    say(f"sending {database} to {settings.url}", err=True)
    while True:
        pusher.check()
        if stopped.wait(CHECK_SECONDS):
            return
