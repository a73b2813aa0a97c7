"""The basis of writing: transactions, and what every kind of data needs of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from exporter.domain.limits.hit import Hit
from exporter.domain.usage.pricing import Price
from exporter.domain.usage.totals import FIRST_READ, PAST_FAMILIES, UNANNOUNCED
from exporter.errors import DatabaseError, ReplacedError
from exporter.store import incremental
from exporter.store.bulk_load import BulkLoad
from exporter.store.database import damage_mark as mark
from exporter.store.database import meta
from exporter.store.database.open_file import OpenFile
from exporter.store.isolation import savepoint
from exporter.store.limits import hits, lockouts, readings
from exporter.store.sessions.forgetting import Forgotten
from exporter.store.usage import totals

T = TypeVar("T")


class Writing:
    """A connection that writes. The ingest lock allows one at a time; every method is a transaction or part of one."""

    def __init__(self, connection: sqlite3.Connection, file: OpenFile | None = None, *, serves: bool = False) -> None:
        self.connection = connection
        self._file = file
        self._forgotten = Forgotten(connection)
        self._sequence: int | None = None
        """After our last commit. Only we count commits: another number means another state of the database."""
        self.first_sequence = meta.sequence(connection)
        """The sequence that the database had when it was opened."""
        self._is_restored = False
        self._serves = serves
        self._bulk_load: BulkLoad | None = None
        self.price: Price | None = None
        """Prices what was written to the cache again; set by who reads transcripts."""
        self.windows = readings.windows(connection)
        """The official windows, which take precedence in the block layout."""

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        else:
            self.connection.close()

    def is_current(self) -> bool:
        """Whether the file at the path is still the one that is open, or missing. Raises OverwrittenError."""
        return not self._is_restored and (self._file is None or self._file.is_current())

    def _check_sequence(self) -> None:
        """Raises ReplacedError if another program put the database back to another state, as `.backup` into it does."""
        if self._file is not None and self._sequence not in (None, meta.sequence(self.connection)):
            self._is_restored = True
            raise ReplacedError("the database was restored to another state: opening it again")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in a transaction. Raises DatabaseError, such as for a full disk; then nothing changes."""
        windows = self.windows
        try:
            if self._file is not None:
                mark.refuse(self._file.path)
                self._file.check()
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                self._check_sequence()
                yield
                sequence = meta.sequence(self.connection)
                self.connection.execute("COMMIT")
            except BaseException:
                self.windows = windows
                if self.connection.in_transaction:  # SQLite may have rolled it back, as on a full disk
                    self.connection.execute("ROLLBACK")
                raise
            self._sequence = sequence
            if self._file is not None:
                self._file.checkpoint_when_due()
        except sqlite3.Error as error:
            if self._file is not None:
                mark.note(self._file.path, self._file.file, error)
                self._file.empty_journal()
            raise DatabaseError(f"cannot write the database: {error}") from error

    @contextmanager
    def new_rules(self) -> Iterator[None]:
        """Around what a new rule changes in the caller's transaction: each counter keeps what it showed.

        So `increase()` over the change is the new use alone (DESIGN decision 3).
        """
        shown = totals.peaks(self.connection, PAST_FAMILIES)
        yield
        totals.keep_shown(self.connection, shown)

    def sequence(self) -> int:
        return meta.sequence(self.connection)

    def first_read_at(self) -> int | None:
        return meta.first_read_at(self.connection)

    def _take_hits(self, reported: Sequence[Hit], now: int) -> None:
        """Save hits and update the blocks to the windows they imply, in the caller's transaction."""
        first_seen_at = self._first_seen_at(now)
        hits.save_hits(self.connection, reported, first_seen_at)
        lockouts.settle_open(self.connection, now, first_seen_at)
        windows = readings.windows(self.connection)
        incremental.follow_windows(self.connection, windows, self.windows, now, first_seen_at)
        self.windows = windows

    def _first_seen_at(self, now: int) -> int:
        """The `first_seen_at` for label sets that are new now."""
        if meta.first_read_at(self.connection) is None:
            return FIRST_READ
        return now if self._serves else UNANNOUNCED

    def _alone(self, do: Callable[[Sequence[T]], object]) -> Callable[[Sequence[T]], None]:
        """The function for `isolate`, so that what fails leaves nothing behind."""

        def do_alone(units: Sequence[T]) -> None:
            windows = self.windows
            try:
                with savepoint(self.connection):
                    do(units)
            except BaseException:
                self.windows = windows
                raise

        return do_alone

    def _count_failures(self, count: int, now: int) -> None:
        if count:
            totals.add(self.connection, {("ingest_skipped_lines", ("failed",)): count}, self._first_seen_at(now))
