"""The store's writing interface for the rest of the program: each method is a transaction or part of one."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from exporter.domain.blocks.block import Window
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Reading
from exporter.domain.notifications.warning import Notification, WarningKey
from exporter.domain.sessions.session import ObservedSession, SessionEvent, Transcript
from exporter.domain.transcripts.file_state import FileState
from exporter.domain.usage.pricing import Price
from exporter.domain.usage.totals import FIRST_READ, UNANNOUNCED
from exporter.errors import DatabaseError
from exporter.store import incremental
from exporter.store.blocks import blocks
from exporter.store.bulk_load import BulkLoad
from exporter.store.database import meta
from exporter.store.database.open_file import OpenFile
from exporter.store.limits import hits, readings
from exporter.store.notifications import warnings
from exporter.store.recompute import recompute
from exporter.store.sessions import forgetting, runs
from exporter.store.sessions.observation import Observation, has_uncovered_lines
from exporter.store.transcripts import files
from exporter.store.transcripts.file_read import FileRead, reading_counts, sessions_by_file
from exporter.store.usage import conversations, merge, totals
from exporter.store.usage.reprice import reprice


class Store:
    """The writing side. The ingest lock allows one at a time; every method is a transaction or part of one."""

    def __init__(self, connection: sqlite3.Connection, file: OpenFile | None = None, *, serves: bool = False) -> None:
        self.connection = connection
        self._file = file
        self._serves = serves
        self._bulk_load: BulkLoad | None = None
        self.windows = readings.windows(connection)
        """The official windows, which take precedence in the block layout."""

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        else:
            self.connection.close()

    def is_current(self) -> bool:
        """Whether the file at the path is still the one that is open, or missing. Raises OverwrittenError."""
        return self._file is None or self._file.is_current()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in a transaction. Raises DatabaseError, such as for a full disk; then nothing changes."""
        try:
            if self._file is not None:
                self._file.check()
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")
            if self._file is not None:
                self._file.checkpoint_when_due()
        except sqlite3.Error as error:
            raise DatabaseError(f"cannot write the database: {error}") from error

    def files(self) -> dict[str, FileState]:
        return files.load(self.connection)

    def sequence(self) -> int:
        return meta.sequence(self.connection)

    def first_read_at(self) -> int | None:
        return meta.first_read_at(self.connection)

    def apply(
        self, reads: Sequence[FileRead], missing: Sequence[FileState], now: int, reported: Sequence[Hit] = ()
    ) -> None:
        """Save the data read from files, the limit hits in it, and which files are missing, in one transaction."""
        windows = self.windows
        with self.transaction():
            batches = [read.batch for read in reads]
            seen = incremental.capture_before(self.connection, batches)
            touched = self._put(reads)
            incremental.update_after(self.connection, seen, touched, self.windows, now, self._first_seen_at(now))
            self._save_progress(reads, missing, now)
            if reported:
                windows = self._take_hits(reported, now)
            meta.count_commit(self.connection, now)
        self.windows = windows

    def put(self, reads: Sequence[FileRead], now: int) -> None:
        """Save read data without updating derived data; call `derive_all` later in the same transaction."""
        if self._bulk_load is None:
            self._put(reads)
        else:
            for read in reads:
                self._bulk_load.put(read.batch, read.state.born_at)
            conversations.save_subagents(self.connection, sessions_by_file(reads))
        self._save_progress(reads, (), now)

    def load_in_bulk(self) -> None:
        """In a new database, let `put` add rows without checking for duplicates, until `derive_all`."""
        self._bulk_load = BulkLoad(self.connection)

    def put_reread(self, reads: Sequence[FileRead]) -> None:
        """Save data that was read before: no line is new, but its interpretation may be."""
        for read in reads:
            merge.put(self.connection, read.batch, read.state.born_at, replace=True)
        conversations.save_subagents(self.connection, sessions_by_file(reads))
        files.save(self.connection, (read.state for read in reads))

    def derive_all(self, now: int, reported: Sequence[Hit] = ()) -> None:
        """Recompute all derived data, including reported limit hits."""
        if self._bulk_load is not None:
            self._bulk_load.finish()
        if hits.save_hits(self.connection, reported, self._first_seen_at(now)):
            self.windows = readings.windows(self.connection)
        hits.count_ended_lockouts(self.connection, now, self._first_seen_at(now))
        recompute(self.connection, self.windows, now, self._first_seen_at(now))
        readings.save_calibrations(self.connection, now)
        meta.count_commit(self.connection, now)

    def reprice(self, price: Price) -> int:
        """Reprice every stored response, in the caller's transaction. Returns how many changed."""
        return reprice(self.connection, price)

    def mark_first_read(self, now: int) -> None:
        """Mark the first read as complete; from now on, new label sets are first exposed as 0."""
        meta.put(self.connection, "first_read_at", str(now))

    def finish_blocks(self, now: int) -> bool:
        """Mark ended blocks and count ended lockouts; returns whether there were any."""
        ended = blocks.load_unfinished(self.connection, now)
        if not ended and not hits.has_ended_lockouts(self.connection, now):
            return False
        with self.transaction():
            blocks.update_rows(self.connection, ended, now)
            blocks.save_completed_total(self.connection, now, self._first_seen_at(now))
            hits.count_ended_lockouts(self.connection, now, self._first_seen_at(now))
            meta.count_commit(self.connection, now)
        return True

    def observe(
        self, observed: Sequence[ObservedSession] | None, watched: Collection[int], quiet_since: int, now: int
    ) -> tuple[SessionEvent, ...]:
        """Apply a sample of the running sessions (None: no sample) in one transaction; returns the events.

        `watched`: the runs in the previous sample. `quiet_since`: a transcript without a known process that has lines
        after this time may still be running.
        """
        with self.transaction():
            return self.observe_within(observed, watched, quiet_since, now)

    def observe_within(
        self, observed: Sequence[ObservedSession] | None, watched: Collection[int], quiet_since: int, now: int
    ) -> tuple[SessionEvent, ...]:
        """The same in the caller's transaction."""
        observation = Observation(self.connection, watched, now, self._first_seen_at(now))
        if observed is not None:
            observation.update_runs(observed)
        observation.cover_lines(quiet_since)
        if observation.save():
            meta.count_commit(self.connection, now)
        return tuple(observation.events)

    def has_uncovered_lines(self, quiet_since: int) -> bool:
        """Whether a transcript that is quiet since then has lines not covered by any run."""
        return has_uncovered_lines(self.connection, quiet_since)

    def running(self) -> list[runs.Run]:
        """The runs that have not ended."""
        return runs.running(self.connection)

    def transcripts(self, cwds: Collection[str], since: int) -> list[Transcript]:
        """The transcripts written since `since` (ms) in these folders."""
        return conversations.in_folders(self.connection, cwds, since)

    def touch_runs(self, now: int) -> None:
        """Record that the open runs were seen until now."""
        if runs.running(self.connection):
            with self.transaction():
                runs.touch(self.connection, now)

    def take_readings(self, reported: Sequence[Reading], now: int) -> bool:
        """Save readings and the hits in them, and update the blocks, in one transaction. Returns if any was new."""
        with self.transaction():
            taken = readings.save_readings(self.connection, reported)
            if not taken.changed:
                return False
            windows = self._take_hits(taken.hits, now)
            readings.calibrate_when_due(self.connection, now)
            meta.count_commit(self.connection, now)
        self.windows = windows
        return True

    def take_hits(self, reported: Sequence[Hit], now: int) -> bool:
        """Save hits and update the blocks to the windows they imply, in one transaction. Returns if any was new."""
        with self.transaction():
            before = self.connection.total_changes
            windows = self._take_hits(reported, now)
            if self.connection.total_changes == before:
                return False
            meta.count_commit(self.connection, now)
        self.windows = windows
        return True

    def _take_hits(self, reported: Sequence[Hit], now: int) -> tuple[Window, ...]:
        """The same in the caller's transaction; returns the new official windows."""
        first_seen_at = self._first_seen_at(now)
        hits.save_hits(self.connection, reported, first_seen_at)
        hits.count_ended_lockouts(self.connection, now, first_seen_at)
        windows = readings.windows(self.connection)
        incremental.follow_windows(self.connection, windows, self.windows, now, first_seen_at)
        return windows

    def sent_warnings(self, since: int) -> list[WarningKey]:
        """The sent warnings about windows and blocks that end since `since` (ms), and about all waits and alerts."""
        return warnings.load_keys(self.connection, since)

    def save_warnings(self, reported: Sequence[Notification], now: int) -> None:
        """Save and count the warnings sent now."""
        with self.transaction():
            warnings.save(self.connection, reported, now, self._first_seen_at(now))
            meta.count_commit(self.connection, now)

    def expire_warnings(self, ended: Sequence[WarningKey], now: int) -> None:
        """Expire these warnings."""
        with self.transaction():
            warnings.expire(self.connection, ended, now)

    def announce(self, now: int) -> None:
        """Start label sets first seen while no tracker served at 0; at their value if none ever served."""
        is_first = not totals.was_served(self.connection)
        if is_first or totals.has_unannounced(self.connection):
            with self.transaction():
                totals.announce(self.connection, now)
                if is_first:
                    totals.mark_served(self.connection, now)

    def forget(self, session_ids: Sequence[str], now: int) -> None:
        """Forget sessions, and leave nothing of them in the journal."""
        with self.transaction():
            forgetting.forget(self.connection, session_ids, now)
            meta.mark_past_changed(self.connection)
            meta.count_commit(self.connection, now)
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _first_seen_at(self, now: int) -> int:
        """The `first_seen_at` for label sets that are new now."""
        if meta.first_read_at(self.connection) is None:
            return FIRST_READ
        return now if self._serves else UNANNOUNCED

    def _put(self, reads: Sequence[FileRead]) -> set[int]:
        touched = set().union(*(merge.put(self.connection, read.batch, read.state.born_at) for read in reads))
        conversations.save_subagents(self.connection, sessions_by_file(reads))
        return touched

    def _save_progress(self, reads: Sequence[FileRead], missing: Sequence[FileState], now: int) -> None:
        """Save the files' offsets and the ingest counters."""
        totals.add(self.connection, reading_counts(reads, len(missing)), self._first_seen_at(now))
        files.forget(self.connection, [read.renamed_from for read in reads if read.renamed_from])
        files.save(self.connection, [*(read.state for read in reads), *missing])
