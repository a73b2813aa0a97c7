"""Stores what was reported about limits, and whose it is. A report that cannot be stored never stops the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from exporter.domain.accounts import FolderAccount
from exporter.domain.limits.hit import Hit, ReportedHit
from exporter.domain.limits.reading import Credits, Reading, ReportedReading, SourcedReading, SurfaceShare
from exporter.domain.usage.totals import HIT_FAMILIES
from exporter.store import accounts, backfills, past_totals
from exporter.store.accounts import Accounts
from exporter.store.database import meta
from exporter.store.isolation import isolate
from exporter.store.limits import adoption, answers, calibration_due, calibrations, extras, readings, share_history
from exporter.store.usage.labels import Labels
from exporter.store.writing.transcripts import TranscriptWriting

log = logging.getLogger(__name__)

T = TypeVar("T")


class LimitWriting(TranscriptWriting):
    """The part of `Store` for limits and accounts."""

    def take_accounts(self, found: Sequence[FolderAccount], now: int) -> bool:
        """Save to whom configuration folders belong now, in one transaction. Returns whether anything is new.

        After an upgrade from a version without accounts, what is stored becomes theirs.
        """
        with self.transaction():
            return self.take_accounts_within(found, now)

    def take_accounts_within(self, found: Sequence[FolderAccount], now: int) -> bool:
        """The same in the caller's transaction."""
        changed = accounts.save_folders(self.connection, found, now)
        if adoption.is_due(self.connection):
            adoption.adopt(self.connection)
            with self.new_rules():
                self.windows = readings.windows(self.connection)
                self.derive_all(now)
            self._relabel_backfills()
            changed = True
        if changed:
            meta.count_commit(self.connection, now)
        return changed

    def _relabel_backfills(self) -> None:
        """Limits that were loaded into metrics stores have other labels now: they are compared from today on."""
        records = backfills.load_records(self.connection)
        labels = Labels(self.connection, read_only=True)
        for number, record in enumerate(records):
            now = past_totals.sums_until(self.connection, labels, record.until)
            sums = [one for one in record.sums if one[0] not in HIT_FAMILIES]
            sums += [(*label_set, value) for label_set, value in now.items() if label_set[0] in HIT_FAMILIES]
            records[number] = replace(record, sums=sums)
        if records:
            backfills.put_records(self.connection, records)

    def suffixes_by_label(self) -> dict[str, str]:
        """What follows a window in the subjects of an account's warnings, by the account's label."""
        suffixes = accounts.suffixes(self.connection)
        return {label: suffixes[account] for account, label in accounts.labels(self.connection).items()}

    def take_reports(self, reported: Sequence[ReportedReading], now: int) -> bool:
        """Save readings of whomever they are, as of the answers that brought them. Returns if any was new."""
        with self.transaction():
            found = Accounts(self.connection)
            sourced = []
            for one in sorted(reported, key=lambda report: report.reading.observed_at):
                at, voice = answers.said_at(self.connection, one)
                account = found.of_origin(one.origin, at)
                sourced.append(SourcedReading(replace(one.reading, observed_at=at, account=account), voice))
            answers.forget(self.connection, now)
            return self._take_sourced(sourced, now)

    def take_readings(self, reported: Sequence[Reading], now: int) -> bool:
        """Save readings of known accounts and the hits in them, and update the blocks. Returns if any was new."""
        with self.transaction():
            return self._take_sourced([SourcedReading(one, one.source) for one in reported], now)

    def _take_sourced(self, reported: Sequence[SourcedReading], now: int) -> bool:
        changed = False

        def take(part: Sequence[SourcedReading]) -> None:
            nonlocal changed
            taken = readings.save_readings(self.connection, part, self._first_seen_at(now))
            if taken.changed:
                self._take_hits(taken.hits, now)
                changed = True

        self._take_each(reported, take)
        if changed:
            calibrations.calibrate_when_due(self.connection, now)
            share_history.save_costs_when_due(self.connection, now)
            meta.count_commit(self.connection, now)
        return changed

    def take_reported_hits(self, reported: Sequence[ReportedHit], now: int) -> bool:
        """Save hits of whomever they are. Returns if any was new."""
        with self.transaction():
            return self._take_known_hits(self._resolve(reported), now)

    def take_hits(self, reported: Sequence[Hit], now: int) -> bool:
        """Save hits and update the blocks to the windows they imply, in one transaction. Returns if any was new."""
        with self.transaction():
            return self._take_known_hits(reported, now)

    def _take_known_hits(self, reported: Sequence[Hit], now: int) -> bool:
        before = self.connection.total_changes
        self._take_each(reported, lambda part: self._take_hits(part, now))
        if self.connection.total_changes == before:
            return False
        meta.count_commit(self.connection, now)
        return True

    def calibrate(self, now: int) -> None:
        """Estimate sizes and rhythms again, if that is due: also after an upgrade, and when only responses came."""
        if calibration_due.is_due(self.connection, now):
            with self.transaction():
                calibrations.save_calibrations(self.connection, now)
                meta.count_commit(self.connection, now)

    def take_extras(self, spent: Sequence[Credits], surfaces: Sequence[SurfaceShare], now: int) -> bool:
        """Save what was used beyond the plan, and the week by surface. Returns if any was new."""
        with self.transaction():
            found = Accounts(self.connection)
            changed = extras.save_credits(self.connection, found, spent)
            changed |= extras.save_surfaces(self.connection, found, surfaces)
            if changed:
                meta.count_commit(self.connection, now)
            return changed

    def _take_each(self, reported: Sequence[T], take: Callable[[Sequence[T]], object]) -> None:
        for one, error in isolate(reported, self._alone(take)):
            log.error("not stored, because of an unexpected error: %s: %.200r", one, error)
