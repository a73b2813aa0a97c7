"""The first read goes newest first: what was used last is shown as soon as it is certain, the rest follows.

A transcript has no line that is newer than the file. So once every file that was changed since some time has been
read, everything used since then is known.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from exporter.domain.blocks.certainty import is_certain
from exporter.domain.blocks.layout import active_block
from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.reading import FirstRead
from exporter.domain.usage.pricing import Price
from exporter.errors import TrackerError, reason
from exporter.ingest.first_read import Clock, ReadAccounts, TakeSample, concluding
from exporter.ingest.limits.hits import Zone, hits_in
from exporter.ingest.limits.readings import take_readings
from exporter.ingest.reports import log_failed
from exporter.ingest.transcripts.reading import Count, Read, read_in_process
from exporter.ingest.transcripts.scan import ChangedFile
from exporter.sources.limits.files import LimitFiles
from exporter.store import accounts
from exporter.store.blocks import blocks
from exporter.store.early import EarlyProgress, early_store, remove_early
from exporter.store.store import Store
from exporter.store.transcripts.file_read import FileRead

log = logging.getLogger(__name__)

FIRST_HOURS = 26
"""So much is read at first: any day that is today somewhere, and ten hours, of which five may pass without use."""
MORE_HOURS = 24
"""So much more each time that the running block is not certain yet."""
MOST = 0.25
"""Of all bytes; where that does not make the block certain, it is shown at the end."""
LEAST_BYTES = 64 << 20
"""With less than this left, the whole is there nearly as soon."""


class Surroundings(NamedTuple):
    """What the first read knows, without the transcripts. `accounts` and `limits` serve the early part alone: they have
    not been read yet.
    """

    price: Price
    clock: Clock
    zone: Zone
    accounts: ReadAccounts
    limits: LimitFiles
    take_sample: TakeSample | None


Group = tuple[int, Sequence[ChangedFile]]
"""Files, and since when (ms) everything is known once they and those of the groups before have been read."""


def newest_groups(found: Sequence[ChangedFile], now: int) -> tuple[list[Group], list[ChangedFile]]:
    """The files that are read first, in groups, and the others. No group where little would be left."""
    files = sorted(found, key=lambda file: -file.stat.mtime_ns)
    total = sum(file.unread for file in files)
    groups: list[Group] = []
    at = size = 0
    for number in range(len(files)):
        since = now - (FIRST_HOURS + number * MORE_HOURS) * HOUR
        start = at
        while at < len(files) and files[at].stat.mtime_ns >= since * 1_000_000:
            size += files[at].unread
            at += 1
        if size > MOST * total or total - size < LEAST_BYTES:
            at = start
            break
        groups.append((since, files[start:at]))
    return groups, files[at:] if groups else list(found)


class Uncertain(TrackerError):
    """So little does not say which block runs."""


class EarlyRead:
    """Shows the newest part next to the database at `path`, and how far the rest is."""

    def __init__(self, path: Path, surroundings: Surroundings) -> None:
        self._path = path
        self._with = surroundings
        self._started_at = surroundings.clock()
        self._progress: EarlyProgress | None = None

    def newest_first(self, read: Read) -> Read:
        """A `Read` of the same that begins with the newest files, and shows them."""

        def reads(found: Sequence[ChangedFile], count: Count, errors: list[str]) -> Iterator[list[FileRead]]:
            groups, others = newest_groups(found, self._started_at)
            rest = read(others, count, errors)  # a second process begins with these
            here = read_in_process(self._with.price, self._with.clock)
            unread = iter(groups)
            taken: list[list[FileRead]] = []

            def next_group() -> tuple[int, list[list[FileRead]]]:
                for since, files in unread:
                    batches = list(here(files, count, errors))
                    taken.extend(batches)
                    return since, batches
                raise Uncertain("the newest transcripts do not say which block runs")

            if groups:
                self._show(next_group, sum(file.unread for file in found))
            yield from taken
            for _, files in unread:
                yield from here(files, count, errors)
            yield from rest

        return reads

    def _show(self, next_group: Callable[[], tuple[int, list[list[FileRead]]]], total: int) -> None:
        """Make the early database, if the newest groups make the running block certain."""
        try:
            with early_store(self._path) as make:
                since, batches = next_group()
                store = make(lambda new: self._fill(new, batches))
                take_readings(store, self._with.limits, self._with.clock())
                while not self._is_certain(store, since):
                    since, batches = next_group()
                    with store.transaction():
                        self._fill(store, batches)
                now = self._with.clock()
                progress = FirstRead(since, 0, total, self._started_at, now)
                with store.transaction():
                    store.note_reading(progress)
            self._progress = EarlyProgress(self._path, progress)
        except (TrackerError, OSError) as error:
            log.info(
                "nothing is shown before everything is read: %s", reason(error) if isinstance(error, OSError) else error
            )

    def _fill(self, store: Store, batches: Sequence[Sequence[FileRead]]) -> None:
        now = self._with.clock()
        store.price = self._with.price
        store.take_accounts_within(self._with.accounts(now), now)
        for reads in batches:
            log_failed(store.put(reads, now))
        found = [hit for reads in batches for hit in hits_in(reads, self._with.zone)]
        store.derive_all(now, found, concluding(store, self._with.clock, self._with.take_sample))

    def _is_certain(self, store: Store, since: int) -> bool:
        now, connection = self._with.clock(), store.connection
        for account in accounts.load(connection):
            last = blocks.latest_block_at(connection, account.id, now)
            block = active_block(last, store.windows.get(account.id, ()), now, account.id)
            if not is_certain(block, blocks.times_since(connection, account.id, since), since, now):
                return False
        return True

    def progress(self, done: int, total: int) -> None:
        """A `Progress` that writes down how far reading is."""
        if self._progress is not None:
            self._progress.note(done, total, self._with.clock())

    def end(self) -> None:
        """The database is there, or never will be: remove the early one."""
        if self._progress is not None:
            self._progress.close()
        remove_early(self._path)
