"""Takes in what other databases hold. No counter moves: what they counted was shown by others already."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from exporter.store.database import meta
from exporter.store.limits import readings
from exporter.store.merging import merge
from exporter.store.merging.merge import Merged
from exporter.store.merging.source import attached, map_accounts
from exporter.store.sessions.forgetting import Forgotten
from exporter.store.sessions.imported import SessionValues, Source
from exporter.store.writing.limits import LimitWriting


class _NotWantedError(Exception):
    """Ends a transaction of which only the result was wanted."""


class ImportWriting(LimitWriting):
    """The part of `Store` for imports."""

    def merge(self, path: Path, source: Source, now: int, *, dry_run: bool = False) -> Merged:
        """Merge a database of this version, in one transaction. `dry_run`: only find out what would be new.

        It is left alone. Raises DatabaseError; then nothing changes.
        """
        merged = Merged()
        with attached(self.connection, path):
            try:
                with self.transaction():
                    merged = self._take_source(source, now)
                    if dry_run:
                        raise _NotWantedError
            except _NotWantedError:
                self._forgotten = Forgotten(self.connection)
        return merged

    def _take_source(self, source: Source, now: int) -> Merged:
        before, found = merge.counts(self.connection), merge.counts(self.connection, "source")
        map_accounts(self.connection)  # before: a half-known account gets its whole label
        with merge.counters_kept(self.connection, now):
            merged = merge.merge_source(self.connection, self._forgotten, source, now, self._first_seen_at(now))
            self._forgotten = Forgotten(self.connection)
            self.windows = readings.windows(self.connection)
            self.derive_all(now)
        after = merge.counts(self.connection)
        new = {name: after[name] - before[name] for name in found}
        return Merged(found, new, merged.estimates, merged.skipped)

    def take_earlier(self, rows: Iterable[SessionValues], now: int, *, dry_run: bool = False) -> Merged:
        """Take the sessions of an earlier tracker's database, in one transaction: they are in no total.

        `dry_run`: only find out what would be new. Raises DatabaseError.
        """
        merged = Merged()
        try:
            with self.transaction():
                taken, skipped = merge.take_estimates(self.connection, list(rows), self._forgotten, now)
                merged = Merged(estimates=taken, skipped=skipped)
                if dry_run:
                    raise _NotWantedError
                if taken:
                    meta.count_commit(self.connection, now)
        except _NotWantedError:
            pass
        return merged
