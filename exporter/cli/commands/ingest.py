"""The commands that run once: `ingest`, `rebuild`, `reprice`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.output import count, print_json, say, say_lines
from exporter.cli.progress import reading_bar
from exporter.cli.wiring import environment, locking, updates
from exporter.cli.wiring.folders import account_files, roots_of
from exporter.errors import DatabaseError, ReadError
from exporter.ingest.workers.process import start_worker

if TYPE_CHECKING:  # heavy
    pass


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
        updates.read_once(database, config_dirs, worker, detects=processes)
        return
    new_worker = updates.start_worker_if_new(database)
    environment.check_database(database)
    with locking.command_lock(database, "ingest", clock()) as tracker:
        if tracker is not None:
            say(f"{tracker} is keeping {database} up to date; nothing to do")
            return
        message, errors = updates.read_once(database, config_dirs, new_worker, detects=processes)
        say(message)
        _raise_on_errors(errors)


def _raise_on_errors(errors: Sequence[str]) -> None:
    """Raises ReadError if there are any."""
    if errors:
        raise ReadError(f"{updates.unreadable_message(len(errors))}, the first: {errors[0]}")


@click.command()
@common.reading_options
def rebuild(database: Path, config_dirs: tuple[Path, ...], processes: bool) -> None:
    """Recompute all derived data from what is stored and the transcripts that still exist."""
    updates.refuse_unknown_name(database)
    worker = start_worker()
    from exporter.cli.wiring.sampler import sampler_for
    from exporter.ingest import catch_up, rebuilding
    from exporter.sources.limits.account_files import AccountFiles

    roots, prices = roots_of(config_dirs), environment.price_list()
    with updates.exclusive(database, "rebuild"), reading_bar() as progress:
        take_sample = sampler_for(database, roots, wanted=processes)
        _, store, _ = catch_up.open_caught_up(
            database,
            roots,
            clock,
            updates.print_progress,
            prices=prices,
            take_sample=take_sample,
            accounts=AccountFiles(account_files(config_dirs)).changed,
        )
        report = rebuilding.rebuild(store, roots(), clock, progress, prices=prices, worker=worker)
        store.close()
    say(f"Rebuilt {database} from {count(report.lines, 'line')} in {count(report.files, 'file')}")
    _raise_on_errors(report.errors)


@click.command()
@common.database_option
@common.json_option("Print what changed as JSON.")
def reprice(database: Path, as_json: bool) -> None:
    """Apply the price list of this installation, and your own prices, to all stored responses."""
    from exporter.ingest import rebuilding
    from exporter.report import prices as report
    from exporter.sources.prices import version

    if not database.exists():
        raise DatabaseError(f"there is no database {database} to reprice: create it with `claude-tracker ingest`")
    with updates.exclusive(database, "reprice"):
        changed = rebuilding.reprice_stored(database, clock, updates.print_progress, environment.price_list())
    if as_json:
        print_json(report.repriced_json(changed, version()))
        return
    say_lines(report.repriced_text(changed, version()))
