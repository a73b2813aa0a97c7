"""Stores what was read from transcripts. One entry that cannot be stored never stops the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial

from msgspec.structs import replace

from exporter.domain.limits.hit import Hit, ReportedHit
from exporter.domain.reading import FirstRead
from exporter.domain.transcripts.file_state import FileState
from exporter.domain.usage.pricing import Price
from exporter.store import incremental
from exporter.store.accounts import Accounts
from exporter.store.bulk_load import BulkLoad
from exporter.store.database import meta
from exporter.store.isolation import is_caused_by_data, isolate
from exporter.store.limits import calibrations, hits, readings
from exporter.store.recompute import recompute
from exporter.store.transcripts import files, held, parts
from exporter.store.transcripts.file_read import FileRead, reading_counts, sessions_by_file
from exporter.store.usage import client_totals, conversations, marks, merge, rewriting, totals
from exporter.store.usage.merge import Source
from exporter.store.usage.reprice import Repriced, reprice
from exporter.store.writing.basis import Writing


class TranscriptWriting(Writing):
    """The part of `Store` for transcripts."""

    def files(self) -> dict[str, FileState]:
        return files.load(self.connection)

    def apply(
        self,
        reads: Sequence[FileRead],
        missing: Sequence[FileState],
        now: int,
        reported: Sequence[ReportedHit] = (),
        *,
        passed_over: bool = False,
        again: bool = False,
    ) -> list[str]:
        """Save the data read from files, the limit hits in it, and which files are missing, in one transaction.

        `passed_over`: an earlier version could have read it, so counters do not rise.
        `again`: it may have read some of it, by other rules.
        What fails on its own is left out, and counts as failed; returns what that is, and why.
        """
        reads = self._forgotten.mask_reads(reads)
        try:
            with self.transaction(), self.new_rules() if passed_over else nullcontext():
                self._apply(reads, now, again=again)
                self._save_progress(reads, missing, now)
                if reported:
                    self._take_hits(self._resolve(reported), now)
            return []
        except Exception as error:
            if not is_caused_by_data(error):
                raise
        with self.transaction(), self.new_rules() if passed_over else nullcontext():
            failed = self._apply_isolated(reads, reported, now, again=again)
            lost = isolate(reads, self._alone(lambda part: self._save_progress(part, (), now)))
            self._save_progress((), missing, now)
            return failed + self._count_failed([(parts.without_rows(read), error) for read, error in lost], now)

    def _apply(self, reads: Sequence[FileRead], now: int, *, again: bool = False) -> None:
        """Merge the rows, and update what follows from them. `again`: they were read before, by other rules."""
        seen = incremental.capture_before(self.connection, [read.batch for read in reads], again=again)
        touched = self._put(reads, replace=again)
        first_seen_at = self._first_seen_at(now)
        incremental.update_after(self.connection, seen, touched, self.windows, now, first_seen_at, self.price)
        meta.count_commit(self.connection, now)

    def _apply_isolated(
        self, reads: Sequence[FileRead], reported: Sequence[ReportedHit], now: int, *, again: bool = False
    ) -> list[str]:
        failed = isolate(reads, self._alone(partial(self._apply, now=now, again=again)), parts.split_read)
        lost = isolate(reported, self._alone(lambda part: self._take_hits(self._resolve(part), now)))
        return self._count_failed(failed, now) + [f"{hit}: {error!r:.200}" for hit, error in lost]

    def _resolve(self, reported: Sequence[ReportedHit]) -> list[Hit]:
        """The hits, each of the account it belongs to."""
        found = Accounts(self.connection)
        return [replace(one.hit, account=found.of_origin(one.origin, one.hit.at)) for one in reported]

    def due(self, now: int) -> list[FileRead]:
        """The entries that were ahead of the clock and whose time has come."""
        return held.load_due(self.connection, now)

    def apply_due(self, reads: Sequence[FileRead], now: int, reported: Sequence[ReportedHit]) -> list[str]:
        """Count what `due` returned, in one transaction. Returns what failed."""
        with self.transaction():
            failed = self._apply_isolated(reads, reported, now)
            held.forget_due(self.connection, now)
            return failed

    def put(self, reads: Sequence[FileRead], now: int) -> list[str]:
        """Save read data without updating derived data; call `derive_all` later in the same transaction.

        What fails on its own is left out, and counts as failed; returns what that is, and why.
        """
        reads = self._forgotten.mask_reads(reads)
        # A new database has no journal, so no savepoints: rows that are put again there are merged.
        put = self._put_bulk if self._bulk_load is not None else self._alone(self._put)
        failed = isolate(reads, put, parts.split_read)
        failed += isolate(reads, lambda part: self._save_progress(part, (), now))
        return self._count_failed(failed, now)

    def _put_bulk(self, reads: Sequence[FileRead]) -> None:
        if self._bulk_load is not None:
            for read in reads:
                self._bulk_load.put(read.batch, read.state.path, read.state.born_at)
            conversations.save_subagents(self.connection, sessions_by_file(reads))

    def load_in_bulk(self) -> None:
        """In a new database, let `put` add rows without checking for duplicates, until `derive_all`."""
        self._bulk_load = BulkLoad(self.connection)

    def put_reread(self, reads: Sequence[FileRead], now: int) -> list[str]:
        """Save data that was read before: no line is new, but its interpretation may be. Returns what failed."""
        reads = self._forgotten.mask_reads(reads)
        failed = isolate(reads, self._alone(self._put_again), parts.split_read)
        failed += isolate(reads, self._alone(lambda part: self._save_states([one.state for one in part])))
        held.save(self.connection, reads, self._forgotten.mask_state)
        return self._count_failed(failed, now)

    def _put_again(self, reads: Sequence[FileRead]) -> None:
        self._put(reads, replace=True)

    def passed_over_before(self) -> int | None:
        """The time (ms) of an earlier version's last commit, if what it read is to be read again."""
        value = meta.get(self.connection, meta.READS_AGAIN)
        return int(value) if value is not None else None

    def apply_again(
        self, reads: Sequence[FileRead], states: Sequence[FileState], now: int, reported: Sequence[ReportedHit]
    ) -> list[str]:
        """Save data that an earlier version read, by newer rules, in one transaction. Returns what failed."""
        reads = self._forgotten.mask_reads(reads)
        with self.transaction(), self.new_rules():
            failed = isolate(reads, self._alone(partial(self._apply, now=now, again=True)), parts.split_read)
            lost = isolate(reported, self._alone(lambda part: self._take_hits(self._resolve(part), now)))
            self._save_states(states)
            held.save(self.connection, reads, self._forgotten.mask_state)
            return self._count_failed(failed, now) + [f"{hit}: {error!r:.200}" for hit, error in lost]

    def start_again(self, price: Price, now: int) -> None:
        """Apply newer rules to what is stored, in one transaction: providers, prices for what had none, projects."""
        with self.transaction(), self.new_rules():
            self.reprice(price, only_unpriced=True)
            self.derive_all(now)

    def finish_again(self, now: int) -> None:
        """Everything that an earlier version read has been read again."""
        with self.transaction():
            with self.new_rules():
                self.derive_all(now)
            self.forget_to_read_again()

    def forget_to_read_again(self) -> None:
        """Everything was read by today's rules; in the caller's transaction."""
        meta.delete(self.connection, meta.READS_AGAIN)

    def derive_all(
        self, now: int, reported: Sequence[ReportedHit] = (), conclude: Callable[[], object] = tuple
    ) -> None:
        """Recompute all derived data, including reported limit hits. `conclude`: as in `recompute`."""
        if self._bulk_load is not None:
            self._bulk_load.finish()
            self._count_failures(self._bulk_load.failed, now)
        if hits.save_hits(self.connection, self._resolve(reported), self._first_seen_at(now)):
            self.windows = readings.windows(self.connection)
        recompute(self.connection, self.windows, now, self._first_seen_at(now), self.price, conclude)
        calibrations.save_calibrations(self.connection, now, again=True)
        meta.count_commit(self.connection, now)

    def reprice(self, price: Price, *, only_unpriced: bool = False) -> list[Repriced]:
        """Reprice every stored response, in the caller's transaction. Returns what changed, by model."""
        self.price = price
        changed = reprice(self.connection, price, only_unpriced=only_unpriced)
        if not only_unpriced:
            rewriting.price_again(self.connection, price)
        return changed

    def compare_client_totals(self, now: int) -> None:
        """Compare the client's own totals of sessions that are over now with their entries."""
        if client_totals.has_due(self.connection, now):
            with self.transaction():
                client_totals.compare(self.connection, now)
                meta.count_commit(self.connection, now)

    def show_custom_names(self, now: int, *, shows: bool) -> bool:
        """Let names that do not come with Claude Code be labels or not. Returns whether anything changed."""
        with self.transaction():
            if not marks.show_custom(self.connection, shows=shows):
                return False
            with self.new_rules():
                self.derive_all(now)
            return True

    def mark_first_read(self, now: int) -> None:
        """Mark the first read as complete; from now on, new label sets are first exposed as 0."""
        meta.put(self.connection, "first_read_at", str(now))

    def note_reading(self, progress: FirstRead) -> None:
        """Save how far the first read is, in the caller's transaction."""
        meta.put_reading(self.connection, progress)

    def _put(self, reads: Sequence[FileRead], *, replace: bool = False) -> set[int]:
        touched = self._merge(reads, replace=replace)
        conversations.save_subagents(self.connection, sessions_by_file(reads))
        return touched

    def _merge(self, reads: Sequence[FileRead], *, replace: bool = False) -> set[int]:
        accounts = Accounts(self.connection)
        touched: set[int] = set()
        for read in reads:
            source = Source(read.state.born_at, accounts.spans_of(read.state.path))
            touched |= merge.put(self.connection, accounts, read.batch, source, replace=replace)
        return touched

    def _save_progress(self, reads: Sequence[FileRead], missing: Sequence[FileState], now: int) -> None:
        """Save the files' offsets and the ingest counters."""
        files.forget(self.connection, [read.renamed_from for read in reads if read.renamed_from])
        self._save_states([*(read.state for read in reads), *missing])
        held.save(self.connection, reads, self._forgotten.mask_state)
        totals.add(self.connection, reading_counts(reads, len(missing)), self._first_seen_at(now))

    def _save_states(self, states: Sequence[FileState]) -> None:
        files.save(self.connection, map(self._forgotten.mask_state, states))

    def _count_failed(self, failed: Sequence[tuple[FileRead, Exception]], now: int) -> list[str]:
        """Count these parts; returns what they are, and why they failed."""
        self._count_failures(len(failed), now)
        return [f"{parts.describe(read)}: {error!r:.200}" for read, error in failed]
