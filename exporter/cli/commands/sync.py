"""`claude-tracker sync`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.options.sync import SyncSettings, sync_options
from exporter.cli.output import print_bytes, say
from exporter.cli.wiring import environment, locking, updates
from exporter.domain.calendar.timestamp import format_minute
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.errors import ConfigurationError, DatabaseError, SyncError
from exporter.store.reader import Reader

if TYPE_CHECKING:
    from exporter.cli.wiring.sync import PublishedData
    from exporter.publish.sync import Sync


@click.command()
@common.reading_options
@common.display_options
@sync_options
@click.option("--dry-run", is_flag=True, help="Print exactly what would be sent, and send nothing.")
@click.option("--watch", is_flag=True, help="Send every change until stopped. Needs a separate run or detect.")
def sync(
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    plan: PlanSettings,
    processes: bool,
    sync_settings: SyncSettings,
    dry_run: bool,
    watch: bool,
) -> None:
    """Publish the dashboard to your Netlify site, or post its data to your webhook, once."""
    if not sync_settings.targets and not dry_run:
        raise ConfigurationError("no destination configured: run `claude-tracker setup netlify`, or set --webhook-url")
    if dry_run and watch:
        raise ConfigurationError("--dry-run and --watch cannot be combined: use one of them")
    if dry_run:
        for secret in (sync_settings.token, sync_settings.secret):
            secret.read()  # a file that cannot be read may be mistyped
    worker = None if watch else updates.start_worker_to_show(database)
    from exporter.cli.wiring import sync as wired

    if watch:
        _watch(database, wired.PublishedData(database, zone, plan, lambda: _health(database)), sync_settings)
        return
    source, tracked = updates.catch_up_if_unlocked(Reader(database), "sync", config_dirs, worker, processes)
    published = wired.PublishedData(database, zone, plan, lambda: Health(detects=tracked))
    now = clock()
    data = published.data(now)
    if data is None:
        raise DatabaseError(f"{database} contains no data yet. {source}")
    if dry_run:
        _show(wired.files(data, sync_settings.privacy), sync_settings)
        return
    _send(wired.build_targets(sync_settings, database, published), now)


def _send(targets: Sequence[Sync], now: int) -> None:
    """Send to each target and print the result. Raises SyncError with every failure."""
    failed = []
    for target in targets:
        before = target.state.runs
        try:
            state = target.now(now)
        except SyncError as error:
            failed.append(str(error))
            continue
        if state.problem is not None:
            failed.append(f"{state.target}: {state.problem}")
        elif state.runs == before:
            say(f"{state.target}: already up to date")
        else:
            say(f"{state.target}: sent the state of {format_minute(now)}")
    if failed:
        raise SyncError("; ".join(failed))


def _show(site: dict[str, bytes], sync_settings: SyncSettings) -> None:
    """Print the data as it would be sent to standard output, and its destinations to standard error."""
    from exporter.page.published import DATA

    if sync_settings.site is not None or sync_settings.url is None:
        others = ", ".join(f"{path} ({len(content):,} bytes)" for path, content in site.items() if path != DATA)
        where = f"site {sync_settings.site}" if sync_settings.site is not None else "a site"
        say(f"To {where} at Netlify, at each sync: {DATA} (printed below). Only if they changed: {others}.", err=True)
    if sync_settings.url is not None:
        say("To the webhook: the data printed below.", err=True)
    say(f"Privacy: {sync_settings.privacy}. {len(site[DATA]):,} bytes. Nothing was sent.", err=True)
    print_bytes(site[DATA])


def _health(database: Path) -> Health:
    """Whether a separate tracker detects running sessions."""
    tracker = locking.live_tracker(database)
    return Health(detects=tracker is not None and tracker.detects)


def _watch(database: Path, figures: PublishedData, sync_settings: SyncSettings) -> None:
    from exporter.cli.wiring.sending_jobs import sync_jobs
    from exporter.cli.wiring.sync import build_targets
    from exporter.engine.jobs import schedule_job, scheduler

    environment.log_to_stderr()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    background = scheduler()
    for job in sync_jobs(build_targets(sync_settings, database, figures)):
        schedule_job(background, job)
    background.start()
    say(f"sending changes in {database} to {' and '.join(sync_settings.targets)}", err=True)
    stopped.wait()
    background.shutdown(wait=False)
