"""The commands that do their work once: `ingest`, `status`, `rebuild`, `reprice`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli import locking, settings
from exporter.cli.clock import clock
from exporter.cli.folders import roots_of
from exporter.cli.progress import reading_bar
from exporter.cli.types import Zone
from exporter.domain import timestamp
from exporter.errors import DatabaseError, ReadError

timezone_option = click.option(
    "--timezone",
    "zone",
    type=Zone(),
    envvar="CLAUDE_TRACKER_TIMEZONE",
    show_default="the machine's",
    help="Whose midnight begins a day.",
)


@click.command()
@settings.database_option
@settings.config_dir_option
@click.option("--child", is_flag=True, hidden=True, help="Under the lock of `run`, and until it ends.")
def ingest(database: Path, config_dirs: tuple[Path, ...], child: bool) -> None:
    """Read what is new once, and tell what was found."""
    from exporter.cli import first_read

    if child:
        first_read.end_with_parent()
        _read_once(database, config_dirs)
        return
    _check(database)
    with locking.as_command(database, "ingest", clock()) as tracker:
        if tracker is not None:
            click.echo(f"{tracker} keeps {database} up to date; nothing to do")
            return
        told, errors = _read_once(database, config_dirs)
        click.echo(told)
        _complain(errors)


def _complain(errors: Sequence[str]) -> None:
    """Raises ReadError where something could not be read."""
    if errors:
        raise ReadError(f"{len(errors)} files or folders could not be read, the first: {errors[0]}")


def _check(database: Path) -> None:
    from exporter.store.database import check

    check(database)
    settings.warn_of_sync(database)


def _read_once(database: Path, config_dirs: tuple[Path, ...]) -> tuple[str, Sequence[str]]:
    """Catch up under the lock. What was read, in words, and what could not be."""
    from exporter.ingest.catch_up import open_caught_up

    with reading_bar() as progress:
        _, store, report = open_caught_up(database, roots_of(config_dirs), clock, _tell, progress)
    sequence = store.sequence()
    store.close()
    told = f"read {report.lines:,} lines ({report.bytes_read:,} bytes) of {report.files:,} files into {database}"
    return f"{told} (commit {sequence})", report.errors


def _tell(text: str) -> None:
    click.echo(text, err=True)


@click.command()
@settings.database_option
@settings.config_dir_option
@timezone_option
@click.option("--json", "as_json", is_flag=True, help="The snapshot as JSON.")
def status(database: Path, config_dirs: tuple[Path, ...], zone: tzinfo | None, as_json: bool) -> None:
    """The running block, today, and all time. Reads what is new first, unless a tracker does."""
    from exporter.snapshot.form import to_json
    from exporter.snapshot.take import take
    from exporter.store.reader import Reader

    source = _catch_up_if_free(database, config_dirs)
    snapshot = take(Reader(database), clock(), zone)
    if snapshot is None or snapshot.health.first_read_at is None:
        raise DatabaseError(f"there are no figures in {database} yet. {source}")
    if as_json:
        click.echo(json.dumps(to_json(snapshot), indent=2))
        return
    from rich.console import Console

    from exporter import report

    console = Console(width=max(Console().width, report.NARROWEST))
    told = f"{source} {_last_commit(snapshot.health.committed_at)}"
    console.print(report.status(snapshot, told, console.width, zone))


def _last_commit(committed_at: int | None) -> str:
    return f"Last commit: {timestamp.to_iso(committed_at)}." if committed_at is not None else ""


def _catch_up_if_free(database: Path, config_dirs: tuple[Path, ...]) -> str:
    """Catch up unless somebody else does or nobody can; who keeps the figures, in words."""
    from exporter.ingest import lock
    from exporter.store.database import is_writable

    if not is_writable(database):
        return f"{database} cannot be written, so nothing new was read."
    _check(database)
    held = lock.acquire(database, locking.me(lock.COMMAND, "status", clock()))
    if held is None:
        return f"Kept up to date by {lock.held_by(database) or 'another claude-tracker'}."
    try:
        _, errors = _read_once(database, config_dirs)
    finally:
        held.release()
    if errors:
        return f"Read just now, but for {len(errors)} files or folders that could not be read."
    return "Read just now. `claude-tracker run` keeps it up to date."


@click.command()
@settings.database_option
@settings.config_dir_option
def rebuild(database: Path, config_dirs: tuple[Path, ...]) -> None:
    """Compute every derived figure anew, from what is stored and the transcripts that still exist."""
    from exporter.ingest import catch_up

    roots = roots_of(config_dirs)
    with _alone(database, "rebuild"), reading_bar() as progress:
        _, store, _ = catch_up.open_caught_up(database, roots, clock, _tell)
        report = catch_up.rebuild(store, roots(), clock, progress)
        store.close()
    click.echo(f"rebuilt {database} with {report.lines:,} lines of {report.files:,} files")
    _complain(report.errors)


@click.command()
@settings.database_option
def reprice(database: Path) -> None:
    """Apply the price list of this installation to everything stored."""
    from exporter.ingest import catch_up
    from exporter.sources.prices import version

    if not database.exists():
        raise DatabaseError(f"there is no database {database} to reprice")
    with _alone(database, "reprice"):
        changed = catch_up.reprice_stored(database, clock, _tell)
    click.echo(f"{changed:,} responses changed their price (genai-prices {version()})")


@contextmanager
def _alone(database: Path, command: str) -> Iterator[None]:
    """The lock, for a command that must not run beside a tracker. Raises LockedError naming it."""
    _check(database)
    with locking.as_command(database, command, clock()) as tracker:
        if tracker is not None:
            raise locking.refuse_beside(tracker, database, command)
        yield
