"""The commands that run once: `ingest`, `rebuild`, `reprice`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.output import count
from exporter.cli.progress import reading_bar
from exporter.cli.wiring import environment, locking
from exporter.cli.wiring.folders import limit_places, roots_of
from exporter.errors import DatabaseError, ReadError
from exporter.ingest.lock import Holder
from exporter.ingest.workers.process import Worker, start_worker

if TYPE_CHECKING:  # heavy
    from exporter.ingest.catch_up import TakeSample
    from exporter.store.store import Store

SCANNED = "Updated just now. Start `claude-tracker run` to keep this up to date."


@click.command()
@common.reading_options
@click.option("--child", is_flag=True, hidden=True, help="Use the lock of `run`, and stop when it stops.")
def ingest(database: Path, config_dirs: tuple[Path, ...], processes: bool, child: bool) -> None:
    """Read new transcript entries once, and print how many."""
    from exporter.cli.wiring import first_read

    if child:
        environment.log_to_stderr()
        worker = start_worker()
        first_read.end_with_parent()  # starts a thread, after which forking is not safe
        read_once(database, config_dirs, worker, detects=processes)
        return
    new_worker = start_worker_if_new(database)
    check_database(database)
    with locking.command_lock(database, "ingest", clock()) as tracker:
        if tracker is not None:
            click.echo(f"{tracker} is keeping {database} up to date; nothing to do")
            return
        message, errors = read_once(database, config_dirs, new_worker, detects=processes)
        click.echo(message)
        _raise_on_errors(errors)


def _raise_on_errors(errors: Sequence[str]) -> None:
    """Raises ReadError if there are any."""
    if errors:
        raise ReadError(f"{unreadable_message(len(errors))}, the first: {errors[0]}")


def unreadable_message(number: int) -> str:
    return f"{count(number, 'file or folder', 'files or folders')} could not be read"


def check_database(database: Path) -> None:
    """Refuse another program's database, and warn about a synced folder. Raises ForeignDatabaseError."""
    from exporter.store.database import opening

    opening.check(database)
    environment.warn_about_synced_folder(database)


def scan_if_unlocked(database: Path, command: str, scan: Callable[[], str]) -> str:
    """`scan` under the lock, unless a tracker holds it or the database is read-only. Returns a sentence about it."""
    from exporter.store.database.opening import is_writable

    if not is_writable(database):
        return f"{database} is not writable, so it was not updated."
    check_database(database)
    with locking.command_lock(database, command, clock()) as tracker:
        return live_message(tracker) if tracker is not None else scan()


def live_message(holder: Holder | None) -> str:
    """Names the process that keeps the database up to date."""
    return f"Live ({holder.command}, pid {holder.pid})." if holder is not None else "Live (another claude-tracker)."


def start_worker_if_new(database: Path) -> Worker | None:
    """A second process, if everything has to be read. Call it before heavy imports: they would be in the fork too."""
    return None if database.exists() and database.stat().st_size else start_worker()


def read_once(
    database: Path, config_dirs: tuple[Path, ...], worker: Worker | None, *, detects: bool
) -> tuple[str, Sequence[str]]:
    """Catch up under the lock, with running sessions too if it `detects`. Returns a message and the read errors."""
    from exporter.cli.wiring import first_read
    from exporter.cli.wiring.sampler import sampler_for
    from exporter.ingest.catch_up import open_caught_up
    from exporter.ingest.limits.readings import take_limits
    from exporter.sources.limits.files import LimitFiles
    from exporter.sources.prices import PriceList

    prices, roots = PriceList(environment.rates_file()), roots_of(config_dirs)
    take_sample = sampler_for(roots, wanted=detects)
    samples_after = take_sample is not None and not first_read.is_needed(database)  # a first read takes its own
    with reading_bar() as progress:
        _, store, report = open_caught_up(
            database, roots, clock, _print_progress, progress, prices=prices, worker=worker, take_sample=take_sample
        )
    if take_sample is not None and samples_after:
        _detect_once(store, take_sample)
    take_limits(store, LimitFiles(limit_places(database, config_dirs)), clock)
    sequence = store.sequence()
    store.close()
    read = f"{count(report.lines, 'line')} ({count(report.bytes_read, 'byte')}) from {count(report.files, 'file')}"
    return f"Read {read} into {database} (commit {sequence})", report.errors


def _detect_once(store: Store, take_sample: TakeSample) -> None:
    from exporter.ingest.sessions.detection import Detection

    detection = Detection(store, clock, lambda event: None)
    detection.observe(take_sample())
    detection.close()


def scan_once(database: Path, config_dirs: tuple[Path, ...], worker: Worker | None, *, detects: bool) -> str:
    """`read_once` for `scan_if_unlocked`. Returns a sentence about it."""
    _, errors = read_once(database, config_dirs, worker, detects=detects)
    return f"Updated just now, but {unreadable_message(len(errors))}." if errors else SCANNED


def _print_progress(text: str) -> None:
    click.echo(text, err=True)


@click.command()
@common.reading_options
def rebuild(database: Path, config_dirs: tuple[Path, ...], processes: bool) -> None:
    """Recompute all derived data from what is stored and the transcripts that still exist."""
    worker = start_worker()
    from exporter.cli.wiring.sampler import sampler_for
    from exporter.ingest import catch_up
    from exporter.sources.prices import PriceList

    roots, prices = roots_of(config_dirs), PriceList(environment.rates_file())
    with _exclusive(database, "rebuild"), reading_bar() as progress:
        take_sample = sampler_for(roots, wanted=processes)
        _, store, _ = catch_up.open_caught_up(
            database, roots, clock, _print_progress, prices=prices, take_sample=take_sample
        )
        report = catch_up.rebuild(store, roots(), clock, progress, prices=prices, worker=worker)
        store.close()
    click.echo(f"Rebuilt {database} from {count(report.lines, 'line')} in {count(report.files, 'file')}")
    _raise_on_errors(report.errors)


@click.command()
@common.database_option
def reprice(database: Path) -> None:
    """Apply the price list of this installation to all stored responses."""
    from exporter.ingest import catch_up
    from exporter.sources.prices import PriceList, version

    if not database.exists():
        raise DatabaseError(f"there is no database {database} to reprice: create it with `claude-tracker ingest`")
    with _exclusive(database, "reprice"):
        changed = catch_up.reprice_stored(database, clock, _print_progress, PriceList(environment.rates_file()))
    click.echo(f"Changed the price of {count(changed, 'response')} (genai-prices {version()})")


@contextmanager
def _exclusive(database: Path, command: str) -> Iterator[None]:
    """Hold the lock, for a command that cannot run alongside a tracker. Raises LockedError naming the tracker."""
    check_database(database)
    with locking.command_lock(database, command, clock()) as tracker:
        if tracker is not None:
            raise locking.tracker_running_error(tracker, database, command)
        yield
