"""Bring the database up to date once, for commands that are not a tracker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from exporter.cli.clock import clock
from exporter.cli.output import count, say
from exporter.cli.progress import reading_bar
from exporter.cli.wiring import environment, locking
from exporter.cli.wiring.folders import account_files, limit_places, nothing_found_message, roots_of
from exporter.errors import DatabaseError
from exporter.ingest import lock
from exporter.ingest.lock import Holder
from exporter.ingest.workers.process import Worker, start_worker
from exporter.store.database import damage_mark as mark
from exporter.store.reader import Reader

if TYPE_CHECKING:  # heavy
    from exporter.domain.usage.price_table import Table
    from exporter.domain.usage.pricing import Price
    from exporter.ingest.first_read import TakeSample
    from exporter.store.store import Store

SCANNED = "Updated just now. Start `claude-tracker run` to keep this up to date."
READ_MESSAGE = "Read just now. Start `claude-tracker run` to keep this up to date."


def start_worker_if_new(database: Path) -> Worker | None:
    """A second process, if everything has to be read. Call it before heavy imports: they would be in the fork too."""
    return start_worker() if is_new(database) else None


def start_worker_to_show(database: Path, *, is_named: bool | None = None) -> Worker | None:
    """The same for a command that shows: it makes no new database under a name that the user gives.

    `is_named`: as in `refuse_unknown_name`. Raises DatabaseError.
    """
    refuse_unknown_name(database, is_named=is_named)
    return start_worker_if_new(database)


def refuse_unknown_name(database: Path, *, is_named: bool | None = None) -> None:
    """A database that the user names has to exist, or a tracker makes it: the name may be mistyped.

    `is_named`: whether the user did; None to ask click. Raises DatabaseError.
    """
    if (
        (environment.is_database_named() if is_named is None else is_named)
        and is_new(database)
        and not locking.live_tracker(database)
    ):
        raise DatabaseError(
            f"there is no database {database}: check --database, or run `claude-tracker ingest` to create it"
        )


def is_new(database: Path) -> bool:
    """Whether there is no database yet, or an empty file."""
    return not database.exists() or not database.stat().st_size


def read_once(
    database: Path,
    config_dirs: tuple[Path, ...],
    worker: Worker | None,
    *,
    detects: bool,
    user_prices: Table | None = None,
) -> tuple[str, Sequence[str]]:
    """Catch up under the lock, with running sessions too if it `detects`. Returns a message and the read errors.

    `user_prices`: as in `environment.price_list`.
    """
    from exporter.cli.wiring import first_read
    from exporter.cli.wiring.sampler import sampler_for
    from exporter.ingest.catch_up import open_caught_up
    from exporter.ingest.early import EarlyRead, Surroundings
    from exporter.ingest.limits.readings import take_limits
    from exporter.sources.limits.account_files import AccountFiles
    from exporter.sources.limits.files import LimitFiles
    from exporter.sources.local_zone import local_zone
    from exporter.store.database import opening

    opening.claim(database, print_progress)
    prices, roots = environment.price_list(user_prices), roots_of(config_dirs)
    take_sample = sampler_for(database, roots, wanted=detects)
    samples_after = take_sample is not None and not first_read.is_needed(database)  # a first read takes its own
    accounts = AccountFiles(account_files(config_dirs)).changed
    places = limit_places(database, config_dirs)

    def early(price: Price) -> EarlyRead:
        own_accounts = AccountFiles(account_files(config_dirs)).changed
        limits = LimitFiles(places, are_read_again=True)
        return EarlyRead(database, Surroundings(price, clock, local_zone, own_accounts, limits, take_sample))

    with reading_bar() as progress:
        ingest, store, report = open_caught_up(
            database,
            roots,
            clock,
            print_progress,
            progress,
            prices=prices,
            worker=worker,
            take_sample=take_sample,
            accounts=accounts,
            early=early,
            limits=LimitFiles(places, are_read_again=True),
        )
        ingest.finish_reading_again(progress)
    if take_sample is not None and samples_after:
        _detect_once(store, take_sample)
    take_limits(store, LimitFiles(places), accounts, clock)
    sequence = store.sequence()
    store.close()
    read = f"{count(report.lines, 'line')} ({count(report.bytes_read, 'byte')}) from {count(report.files, 'file')}"
    return f"Read {read} into {database} (commit {sequence})", report.errors


def _detect_once(store: Store, take_sample: TakeSample) -> None:
    from exporter.ingest.sessions.detection import Detection

    detection = Detection(store, clock, lambda event: None)
    detection.observe(take_sample())
    detection.close()


def print_progress(text: str) -> None:
    say(text, err=True)


def unreadable_message(number: int) -> str:
    return f"{count(number, 'file or folder', 'files or folders')} could not be read"


@contextmanager
def exclusive(database: Path, command: str) -> Iterator[None]:
    """`locking.alone` on a database that can be opened. Raises LockedError, DatabaseError."""
    environment.check_database(database)
    with locking.alone(database, command, clock()):
        yield


def scan_if_unlocked(database: Path, command: str, scan: Callable[[], str]) -> str:
    """`scan` under the lock, unless a tracker holds it or the database is read-only. Returns a sentence about it."""
    from exporter.store.database.opening import is_writable

    if not is_writable(database):
        return f"{database} is not writable, so it was not updated."
    if (damage := mark.read(database)) is not None:
        return mark.sentence(database, damage)
    environment.check_database(database)
    with locking.command_lock(database, command, clock()) as tracker:
        return live_message(tracker) if tracker is not None else scan()


def scan_once(database: Path, config_dirs: tuple[Path, ...], worker: Worker | None, *, detects: bool) -> str:
    """`read_once` for `scan_if_unlocked`. Returns a sentence about it."""
    _, errors = read_once(database, config_dirs, worker, detects=detects)
    return f"Updated just now, but {unreadable_message(len(errors))}." if errors else SCANNED


def with_missing(source: str, reader: Reader, config_dirs: tuple[Path, ...]) -> str:
    """The sentence after the one that says where transcripts were looked for, if there are none."""
    from exporter.store.transcripts import files

    with reader.view() as connection:
        if connection is None or files.count(connection):
            return source
    return f"{nothing_found_message(roots_of(config_dirs))} {source}"


def with_imported(source: str, reader: Reader) -> str:
    """The sentence, with how many of the sessions came from other databases."""
    from exporter.store.sessions import imported

    with reader.view() as connection:
        found = imported.count(connection) if connection is not None else 0
    return f"{source} {count(found, 'session')} came by import or merge." if found else source


def live_message(holder: Holder | None) -> str:
    """Names the process that keeps the database up to date."""
    return f"Live ({holder.command}, pid {holder.pid})." if holder is not None else "Live (another claude-tracker)."


def last_change(committed_at: int | None, now: int) -> str:
    """A sentence that says when the database last changed; empty if it never did."""
    from exporter.report.gauge import ago

    return f"Updated {ago(now - committed_at)}." if committed_at is not None else ""


def catch_up_if_unlocked(
    reader: Reader,
    command: str,
    config_dirs: tuple[Path, ...],
    worker: Worker | None,
    processes: bool,
    user_prices: Table | None = None,
) -> tuple[str, bool]:
    """Catch up for `command`, unless another process does or the database is read-only.

    Returns a sentence about what keeps the database up to date, and whether a tracker does.
    Processes are scanned for a first read only, which has to know which sessions are over. `user_prices`: as in
    `environment.price_list`.
    """
    database = reader.path
    from exporter.cli.names import spool_folder
    from exporter.ingest.up_to_date import is_current
    from exporter.sources.limits.spool import has_spooled
    from exporter.store.database import opening

    if not opening.is_writable(database):
        return f"{database} is not writable, so no new entries were read.", False
    if (damage := mark.read(database)) is not None:
        return mark.sentence(database, damage), False
    environment.check_database(database)
    held = lock.acquire(database, locking.this_process(lock.COMMAND, command, clock()))
    if held is None:
        tracker = locking.live_tracker(database)
        return live_message(lock.held_by(database)), tracker is not None
    try:
        opening.claim(database, print_progress)
        if is_current(reader, roots_of(config_dirs)(), clock()) and not has_spooled(Path(spool_folder(str(database)))):
            return READ_MESSAGE, False
        detects = processes and is_new(database)
        _, errors = read_once(database, config_dirs, worker, detects=detects, user_prices=user_prices)
    finally:
        held.release()
    if errors:
        return f"Read just now, but {unreadable_message(len(errors))}.", False
    return READ_MESSAGE, False
