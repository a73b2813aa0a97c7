"""The store as the rest of the program sees it: transactions that take what was read, and everything kept."""

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
from exporter.store.bulk_load import Load
from exporter.store.database import meta
from exporter.store.limits import hits, readings
from exporter.store.notifications import warnings
from exporter.store.recompute import recompute
from exporter.store.sessions import runs
from exporter.store.sessions.observation import Observation, any_to_conclude
from exporter.store.transcripts import files
from exporter.store.transcripts.file_read import FileRead, reading_counts, told_by_file
from exporter.store.usage import conversations, merge, totals
from exporter.store.usage.reprice import reprice


class Store:
    """The writing side. One at a time, by the ingest lock; every method is one transaction or part of `bulk`."""

    def __init__(self, connection: sqlite3.Connection, *, serves: bool = False) -> None:
        self.connection = connection
        self._serves = serves
        self._load: Load | None = None
        self.windows = readings.windows(connection)
        """The official windows, in which blocks are laid first."""

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Raises DatabaseError, for a full disk for instance, with nothing changed."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise DatabaseError(f"the database cannot be written: {error}") from error

    def files(self) -> dict[str, FileState]:
        return files.load(self.connection)

    def sequence(self) -> int:
        """How many commits there have been."""
        return meta.sequence(self.connection)

    def first_read_at(self) -> int | None:
        return meta.first_read_at(self.connection)

    def apply(
        self, reads: Sequence[FileRead], missing: Sequence[FileState], now: int, told: Sequence[Hit] = ()
    ) -> None:
        """Take what was read of some files, what it told of limit hits, and which are missing, in one transaction."""
        windows = self.windows
        with self.transaction():
            batches = [read.batch for read in reads]
            seen = incremental.before(self.connection, batches)
            touched = self._put(reads)
            incremental.after(self.connection, seen, touched, self.windows, now, self._met_at(now))
            self._note(reads, missing, now)
            if told:
                windows = self._take_hits(told, now)
            meta.advance(self.connection, now)
        self.windows = windows

    def put(self, reads: Sequence[FileRead], now: int) -> None:
        """Take what was read without deriving anything; to be followed by `derive_all` in the same transaction."""
        if self._load is None:
            self._put(reads)
        else:
            for read in reads:
                self._load.put(read.batch, read.state.born_at)
            conversations.keep_subagents(self.connection, told_by_file(reads))
        self._note(reads, (), now)

    def load_in_bulk(self) -> None:
        """Of a new database: let `put` add rows without looking for equal ones, until `derive_all`."""
        self._load = Load(self.connection)

    def put_again(self, reads: Sequence[FileRead]) -> None:
        """Take what was read once before: no line is new, but what is made of one may be."""
        for read in reads:
            merge.put(self.connection, read.batch, read.state.born_at, again=True)
        conversations.keep_subagents(self.connection, told_by_file(reads))
        files.save(self.connection, (read.state for read in reads))

    def derive_all(self, now: int, told: Sequence[Hit] = ()) -> None:
        """Compute everything anew, with what was told of limit hits."""
        if self._load is not None:
            self._load.finish()
        if hits.take(self.connection, told, self._met_at(now)):
            self.windows = readings.windows(self.connection)
        hits.count_over(self.connection, now, self._met_at(now))
        recompute(self.connection, self.windows, now, self._met_at(now))
        readings.keep_calibrations(self.connection, now)
        meta.advance(self.connection, now)

    def reprice(self, price: Price) -> int:
        """Price every stored response anew, in the caller's transaction. How many changed."""
        return reprice(self.connection, price)

    def mark_first_read(self, now: int) -> None:
        """From here on the database holds everything that was there, and new label sets are announced by a 0."""
        meta.put(self.connection, "first_read_at", str(now))

    def finish_blocks(self, now: int) -> bool:
        """Mark blocks that ended, and count lock-outs that did; whether any had."""
        ended = blocks.unfinished(self.connection, now)
        if not ended and not hits.any_over(self.connection, now):
            return False
        with self.transaction():
            blocks.mirror(self.connection, ended, now)
            blocks.count_completed(self.connection, now, self._met_at(now))
            hits.count_over(self.connection, now, self._met_at(now))
            meta.advance(self.connection, now)
        return True

    def observe(
        self, sightings: Sequence[ObservedSession] | None, watched: Collection[int], quiet_since: int, now: int
    ) -> tuple[SessionEvent, ...]:
        """Take what runs now (None: nobody could look), in one transaction. What happened.

        `watched`: the runs that were seen at the look before. `quiet_since`: of lines after it a transcript that no
        process is known of may still be running.
        """
        with self.transaction():
            return self.observe_within(sightings, watched, quiet_since, now)

    def observe_within(
        self, sightings: Sequence[ObservedSession] | None, watched: Collection[int], quiet_since: int, now: int
    ) -> tuple[SessionEvent, ...]:
        """The same in the caller's transaction."""
        observation = Observation(self.connection, watched, now, self._met_at(now))
        if sightings is not None:
            observation.see(sightings)
        observation.conclude(quiet_since)
        if observation.save():
            meta.advance(self.connection, now)
        return tuple(observation.events)

    def any_to_conclude(self, quiet_since: int) -> bool:
        """Whether a transcript tells of something that no run covers, and has been quiet since."""
        return any_to_conclude(self.connection, quiet_since)

    def running(self) -> list[runs.Run]:
        """The runs that have not ended."""
        return runs.running(self.connection)

    def transcripts(self, cwds: Collection[str], since: int) -> list[Transcript]:
        """What was written since (ms) in these folders."""
        return conversations.in_folders(self.connection, cwds, since)

    def touch_runs(self, now: int) -> None:
        """Write down that what runs was seen until now."""
        if runs.running(self.connection):
            with self.transaction():
                runs.touch(self.connection, now)

    def take_readings(self, told: Sequence[Reading], now: int) -> bool:
        """Keep readings of official utilization, the hits they tell of, and lay the blocks by the windows they name, in
        one transaction. Whether any reading was new.
        """
        with self.transaction():
            taken = readings.take(self.connection, told)
            if not taken.changed:
                return False
            windows = self._take_hits(taken.hits, now)
            readings.calibrate_when_due(self.connection, now)
            meta.advance(self.connection, now)
        self.windows = windows
        return True

    def take_hits(self, told: Sequence[Hit], now: int) -> bool:
        """Keep hits, and lay the blocks by the windows they name, in one transaction. Whether any told anything new."""
        with self.transaction():
            before = self.connection.total_changes
            windows = self._take_hits(told, now)
            if self.connection.total_changes == before:
                return False
            meta.advance(self.connection, now)
        self.windows = windows
        return True

    def _take_hits(self, told: Sequence[Hit], now: int) -> tuple[Window, ...]:
        """The same in the caller's transaction; the official windows as they are then."""
        met_at = self._met_at(now)
        hits.take(self.connection, told, met_at)
        hits.count_over(self.connection, now, met_at)
        windows = readings.windows(self.connection)
        incremental.follow_windows(self.connection, windows, self.windows, now, met_at)
        return windows

    def warned(self, since: int) -> list[WarningKey]:
        """What was told of windows, blocks and waits that end or began since (ms)."""
        return warnings.warned(self.connection, since)

    def keep_warned(self, told: Sequence[Notification], now: int) -> None:
        """Note and count warnings that are told now."""
        with self.transaction():
            warnings.keep(self.connection, told, now, self._met_at(now))
            meta.advance(self.connection, now)

    def end_warned(self, ended: Sequence[WarningKey], now: int) -> None:
        """What was told of these windows holds no longer."""
        with self.transaction():
            warnings.end(self.connection, ended, now)

    def announce(self, now: int) -> None:
        """A tracker serves from now on: let the label sets that were met while nobody did begin at 0. Where nobody ever
        served, no scraper knows others.
        """
        is_first = not totals.ever_served(self.connection)
        if is_first or totals.any_unannounced(self.connection):
            with self.transaction():
                totals.announce(self.connection, now)
                if is_first:
                    totals.note_served(self.connection, now)

    def _met_at(self, now: int) -> int:
        """What is kept of label sets that are new now."""
        if meta.first_read_at(self.connection) is None:
            return FIRST_READ
        return now if self._serves else UNANNOUNCED

    def _put(self, reads: Sequence[FileRead]) -> set[int]:
        touched = set().union(*(merge.put(self.connection, read.batch, read.state.born_at) for read in reads))
        conversations.keep_subagents(self.connection, told_by_file(reads))
        return touched

    def _note(self, reads: Sequence[FileRead], missing: Sequence[FileState], now: int) -> None:
        """The files' offsets, and the counters of reading itself."""
        totals.add(self.connection, reading_counts(reads, len(missing)), self._met_at(now))
        files.forget(self.connection, [read.renamed_from for read in reads if read.renamed_from])
        files.save(self.connection, [*(read.state for read in reads), *missing])
