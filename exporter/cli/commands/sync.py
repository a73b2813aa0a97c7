"""`claude-tracker sync`."""

from __future__ import annotations

import signal
import sys
import threading
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.clock import clock
from exporter.cli.commands.ingest import start_worker_if_new
from exporter.cli.commands.status import catch_up_if_free
from exporter.cli.options import common
from exporter.cli.options.sync import Syncing, sync_options
from exporter.cli.wiring import environment, locking
from exporter.domain.calendar.timestamp import minute
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.errors import ConfigurationError, DatabaseError, SyncError
from exporter.store.reader import Reader

if TYPE_CHECKING:
    from exporter.cli.wiring.sync import Figures


@click.command()
@common.database_option
@common.config_dir_option
@common.timezone_option
@common.plan_options
@common.processes_option
@sync_options
@click.option("--dry-run", is_flag=True, help="Print what would be sent, byte for byte, and send nothing.")
@click.option("--watch", is_flag=True, help="Go on sending what changes, until it is ended: beside a run or detect.")
def sync(
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    plan: PlanSettings,
    processes: bool,
    syncing: Syncing,
    dry_run: bool,
    watch: bool,
) -> None:
    """Publish the dashboard on your Netlify site, or send its data to an address of yours, once."""
    if not syncing.targets and not dry_run:
        raise ConfigurationError("nothing says where to: run claude-tracker setup netlify, or name --webhook-url")
    if dry_run and watch:
        raise ConfigurationError("--dry-run sends nothing, so there is nothing to --watch")
    hand = start_worker_if_new(database)
    from exporter.cli.wiring import sync as wired

    if watch:
        _watch(database, wired.Figures(database, zone, plan, lambda: _health(database)), syncing)
        return
    source, tracked = catch_up_if_free(Reader(database), "sync", config_dirs, hand, processes)
    figures = wired.Figures(database, zone, plan, lambda: Health(detects=tracked))
    now = clock()
    data = figures.data(now)
    if data is None:
        raise DatabaseError(f"there are no figures in {database} yet. {source}")
    if dry_run:
        _show(wired.files(data, syncing.privacy), syncing)
        return
    failed = []
    for one in wired.build(syncing, database, figures):
        before = one.state.runs
        try:
            state = one.now(now)
        except SyncError as error:
            failed.append(str(error))
            continue
        if state.problem is not None:
            failed.append(f"{state.target}: {state.problem}")
        elif state.runs == before:
            click.echo(f"{state.target}: has all that is known")
        else:
            click.echo(f"{state.target}: sent, as of {minute(now)}")
    if failed:
        raise SyncError("; ".join(failed))


def _show(site: dict[str, bytes], syncing: Syncing) -> None:
    """The data on standard output as it would be sent, and beside it what goes where."""
    from exporter.page.published import DATA

    if syncing.site is not None or syncing.url is None:
        others = ", ".join(f"{path} ({len(content):,} bytes)" for path, content in site.items() if path != DATA)
        where = f"site {syncing.site}" if syncing.site is not None else "a site"
        click.echo(
            f"To {where} at Netlify: {DATA}, which follows; and once the page that shows it: {others}.", err=True
        )
    if syncing.url is not None:
        click.echo("To the webhook: what follows.", err=True)
    click.echo(f"Privacy: {syncing.privacy}. {len(site[DATA]):,} bytes. Nothing was sent.", err=True)
    sys.stdout.buffer.write(site[DATA])
    sys.stdout.buffer.flush()


def _health(database: Path) -> Health:
    """Whether running sessions are being looked for, by a tracker of its own."""
    tracker = locking.tracker_of(database)
    return Health(detects=tracker is not None and tracker.detects)


def _watch(database: Path, figures: Figures, syncing: Syncing) -> None:
    from exporter.cli.wiring.sync import build, jobs
    from exporter.engine.jobs import schedule_job, scheduler

    environment.log_to_stderr()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    own = scheduler()
    for chore in jobs(build(syncing, database, figures)):
        schedule_job(own, chore)
    own.start()
    click.echo(f"sending what changes in {database} to {' and '.join(syncing.targets)}", err=True)
    ended.wait()
    own.shutdown(wait=False)
