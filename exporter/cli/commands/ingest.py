"""The commands that do their work once: `ingest`, `rebuild`, `reprice`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.progress import reading_bar
from exporter.cli.wiring import environment, locking
from exporter.cli.wiring.folders import limit_places, roots_of
from exporter.errors import DatabaseError, ReadError
from exporter.ingest.workers.process import Worker, start_worker


@click.command()
@common.database_option
@common.config_dir_option
@common.processes_option
@click.option("--child", is_flag=True, hidden=True, help="Under the lock of `run`, and until it ends.")
def ingest(database: Path, config_dirs: tuple[Path, ...], processes: bool, child: bool) -> None:
    """Read what is new once, and tell what was found."""
    from exporter.cli.wiring import first_read

    if child:
        environment.log_to_stderr()
        worker = start_worker()
        first_read.end_with_parent()  # from here on there are two threads, beside which one must not fork
        read_once(database, config_dirs, worker, detects=processes)
        return
    worker = start_worker_if_new(database)
    check_database(database)
    with locking.command_lock(database, "ingest", clock()) as tracker:
        if tracker is not None:
            click.echo(f"{tracker} keeps {database} up to date; nothing to do")
            return
        told, errors = read_once(database, config_dirs, worker, detects=processes)
        click.echo(told)
        _raise_on_errors(errors)


def _raise_on_errors(errors: Sequence[str]) -> None:
    """Raises ReadError where something could not be read."""
    if errors:
        raise ReadError(f"{len(errors)} files or folders could not be read, the first: {errors[0]}")


def check_database(database: Path) -> None:
    """Refuse a database that is not ours to write, and warn of a synced folder. Raises ForeignDatabaseError."""
    from exporter.store.database import opening as stored

    stored.check_database(database)
    environment.warn_about_synced_folder(database)


SCANNED = "Looked just now. `claude-tracker run` keeps it up to date."


def scan_if_unlocked(database: Path, command: str, scan: Callable[[], str]) -> str:
    """Do `scan` under the lock, unless a tracker keeps the database or nobody can write it; who looked, in words."""
    from exporter.store.database.opening import is_writable

    if not is_writable(database):
        return f"{database} cannot be written, so nothing new was looked for."
    check_database(database)
    with locking.command_lock(database, command, clock()) as tracker:
        return f"Kept up to date by {tracker}." if tracker is not None else scan()


def start_worker_if_new(database: Path) -> Worker | None:
    """A second process where everything is going to be read; made before anything heavy is imported."""
    return None if database.exists() and database.stat().st_size else start_worker()


def read_once(
    database: Path, config_dirs: tuple[Path, ...], worker: Worker | None, *, detects: bool
) -> tuple[str, Sequence[str]]:
    """Catch up under the lock; `detects`: with what runs too. What was read, in words, and what could not be."""
    from exporter.cli.wiring import first_read
    from exporter.cli.wiring.sampler import sampler_for
    from exporter.ingest.catch_up import open_caught_up
    from exporter.ingest.limits.readings import take_limits
    from exporter.ingest.sessions.detection import Detection
    from exporter.sources.limits.files import LimitFiles
    from exporter.sources.prices import PriceBook

    prices, roots = PriceBook(environment.rates_file()), roots_of(config_dirs)
    take_sample = sampler_for(roots, wanted=detects)
    looks_after = take_sample is not None and not first_read.is_needed(database)  # a first read looks itself
    with reading_bar() as progress:
        _, store, report = open_caught_up(database, roots, clock, _print_progress, progress, prices=prices, worker=worker, take_sample=take_sample)
    if take_sample is not None and looks_after:
        detection = Detection(store, clock, lambda event: None)
        detection.observe(take_sample())
        detection.close()
    take_limits(store, LimitFiles(limit_places(database, config_dirs)), clock)
    sequence = store.sequence()
    store.close()
    told = f"read {report.lines:,} lines ({report.bytes_read:,} bytes) of {report.files:,} files into {database}"
    return f"{told} (commit {sequence})", report.errors


def scan_once(database: Path, config_dirs: tuple[Path, ...], worker: Worker | None, *, detects: bool) -> str:
    """`read_once` for `scan_if_unlocked`: how it went, in words."""
    _, errors = read_once(database, config_dirs, worker, detects=detects)
    return f"Looked just now, but {len(errors)} files or folders could not be read." if errors else SCANNED


def _print_progress(text: str) -> None:
    click.echo(text, err=True)


@click.command()
@common.database_option
@common.config_dir_option
@common.processes_option
def rebuild(database: Path, config_dirs: tuple[Path, ...], processes: bool) -> None:
    """Compute every derived figure anew, from what is stored and the transcripts that still exist."""
    worker = start_worker()
    from exporter.cli.wiring.sampler import sampler_for
    from exporter.ingest import catch_up
    from exporter.sources.prices import PriceBook

    roots, prices = roots_of(config_dirs), PriceBook(environment.rates_file())
    with _exclusive(database, "rebuild"), reading_bar() as progress:
        take_sample = sampler_for(roots, wanted=processes)
        _, store, _ = catch_up.open_caught_up(database, roots, clock, _print_progress, prices=prices, take_sample=take_sample)
        report = catch_up.rebuild(store, roots(), clock, progress, prices=prices, worker=worker)
        store.close()
    click.echo(f"rebuilt {database} with {report.lines:,} lines of {report.files:,} files")
    _raise_on_errors(report.errors)


@click.command()
@common.database_option
def reprice(database: Path) -> None:
    """Apply the price list of this installation to everything stored."""
    from exporter.ingest import catch_up
    from exporter.sources.prices import PriceBook, version

    if not database.exists():
        raise DatabaseError(f"there is no database {database} to reprice")
    with _exclusive(database, "reprice"):
        changed = catch_up.reprice_stored(database, clock, _print_progress, PriceBook(environment.rates_file()))
    click.echo(f"{changed:,} responses changed their price (genai-prices {version()})")


@contextmanager
def _exclusive(database: Path, command: str) -> Iterator[None]:
    """The lock, for a command that must not run beside a tracker. Raises LockedError naming it."""
    check_database(database)
    with locking.command_lock(database, command, clock()) as tracker:
        if tracker is not None:
            raise locking.tracker_running_error(tracker, database, command)
        yield
