"""Brings the store up to date with the transcripts: the first read, every later one, and a rebuild."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from exporter.domain.batch import Batch
from exporter.domain.file_state import FileState
from exporter.ingest.look import Found, Look, look, look_at
from exporter.ingest.pricing import Pricer
from exporter.sources.prices import PriceBook
from exporter.sources.transcripts.reading import goes_on_at, read_on
from exporter.store.store import FileRead, Store, new_store, open_store

log = logging.getLogger(__name__)

PIECE_BYTES = 16 << 20
"""A file is read in pieces of about this size, and as much is gathered before it is stored, to bound memory."""
MOST_FILES = 500
"""So many files go into one transaction at most."""

Clock = Callable[[], int]
"""The time now, ms."""
Progress = Callable[[int, int], None]
"""Told the bytes read and the bytes there are."""


def no_progress(done: int, total: int) -> None:
    """For whoever does not watch."""


class Report(NamedTuple):
    """What a catch-up did."""

    files: int = 0
    lines: int = 0
    bytes_read: int = 0
    missing: int = 0
    errors: tuple[str, ...] = ()

    def __add__(self, other: Report) -> Report:  # type: ignore[override]
        return Report(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))  # type: ignore[operator]


class Ingest:
    """Reads the roots into a store. Holds the known files between looks; its holder has the ingest lock."""

    def __init__(self, store: Store, roots: Callable[[], Sequence[Path]], clock: Clock) -> None:
        self._store = store
        self._roots = roots
        self._clock = clock
        self._known = store.files()
        self._told: set[str] = set()

    def catch_up(self, progress: Progress = no_progress) -> Report:
        """A full look, and everything it finds. Raises DatabaseError."""
        return self._take(look(self._roots(), self._known), progress)

    def catch_up_with(self, paths: Sequence[str]) -> Report:
        """Only these files, of which a change was reported. Raises DatabaseError."""
        return self._take(look_at(paths, self._known), no_progress)

    def _take(self, seen: Look, progress: Progress) -> Report:
        errors = list(seen.errors)
        report = Report(missing=len(seen.missing))
        missing: Sequence[FileState] = seen.missing
        for reads in gathered(seen.found, _watching(progress, seen), errors):
            self._store.apply(reads, missing, (), self._clock())
            missing = ()
            self._remember(reads)
            report += _report_of(reads)
        if missing:
            self._store.apply((), missing, (), self._clock())
        self._known |= {state.path: state for state in seen.missing}
        self._tell(errors)
        return report._replace(errors=tuple(errors))

    def _tell(self, errors: Sequence[str]) -> None:
        """Log what cannot be read once, not at every look."""
        for error in errors:
            if error not in self._told:
                log.warning("cannot read %s", error)
        self._told = set(errors)

    def _remember(self, reads: Sequence[FileRead]) -> None:
        for read in reads:
            if read.renamed_from:
                self._known.pop(read.renamed_from, None)
            self._known[read.state.path] = read.state


def _watching(progress: Progress, seen: Look) -> Callable[[int], None]:
    done, total = 0, seen.unread

    def count(read: int) -> None:
        nonlocal done
        done += read
        progress(done, max(done, total))

    return count


def _report_of(reads: Sequence[FileRead]) -> Report:
    return Report(
        files=sum(read.ended for read in reads),
        lines=sum(read.batch.lines for read in reads),
        bytes_read=sum(read.bytes_read for read in reads),
    )


def gathered(found: Sequence[Found], count: Callable[[int], None], errors: list[str]) -> Iterator[list[FileRead]]:
    """What reading these files gives, in portions of bounded size. What cannot be read is told to `errors`."""
    reads: list[FileRead] = []
    gathered_bytes = 0
    for file in found:
        for piece in _pieces(file, errors):
            count(piece.bytes_read)
            reads.append(piece)
            gathered_bytes += piece.bytes_read
            if gathered_bytes >= PIECE_BYTES or len(reads) >= MOST_FILES:
                yield reads
                reads, gathered_bytes = [], 0
    if reads:
        yield reads


def _pieces(file: Found, errors: list[str]) -> Iterator[FileRead]:
    """One file, piece by piece. A file that vanished meanwhile is left to the next look."""
    known, renamed_from = file.known, None
    if known is not None and known.path != file.path:
        if goes_on_at(file.path, known):
            known, renamed_from = msgspec.structs.replace(known, path=file.path), known.path
        else:  # another file; that the old one is gone is seen at the next look
            known = None
    ended = False
    while not ended:
        batch = Batch()
        try:
            reading = read_on(file.path, known, batch, PIECE_BYTES)
        except FileNotFoundError:
            return
        except OSError as error:
            errors.append(f"{file.path}: {error.strerror}")
            return
        known, ended = reading.state, reading.ended
        yield FileRead(batch, known, reading.change, reading.bytes_read, renamed_from, ended)
        renamed_from = None


def open_caught_up(
    path: Path,
    roots: Callable[[], Sequence[Path]],
    clock: Clock,
    announce: Callable[[str], None],
    progress: Progress = no_progress,
    *,
    serves: bool = False,
) -> tuple[Ingest, Store, Report]:
    """The store with everything that is there now, made by a first read where it is new.

    The first read of a new database goes into a file of its own that appears at `path` when it is whole,
    so that until then there is none. In a database that exists it is one transaction.
    `serves`: the totals are scraped meanwhile. The caller holds the ingest lock.

    Raises ForeignDatabaseError, DatabaseError.
    """
    price = Pricer(PriceBook())
    report = Report()
    if not path.exists() or path.stat().st_size == 0:
        with new_store(path, price) as fresh:
            report = _first_read(fresh, look(roots(), {}), clock, progress)
    store = open_store(path, price, announce, serves=serves)
    if serves:
        store.announce(clock())
    if store.first_read_at() is None:
        with store.transaction():
            report = _first_read(store, look(roots(), {}), clock, progress)
    ingest = Ingest(store, roots, clock)
    return ingest, store, report + ingest.catch_up(progress)


def _first_read(store: Store, seen: Look, clock: Clock, progress: Progress) -> Report:
    """Everything the look found, and all that follows from it, in the caller's transaction.

    What cannot be read is told by the look that follows.
    """
    errors = list(seen.errors)
    report = Report()
    for reads in gathered(seen.found, _watching(progress, seen), errors):
        store.put(reads, clock())
        report += _report_of(reads)
    store.derive_all((), clock())
    store.mark_first_read(clock())
    return report


def rebuild(store: Store, roots: Sequence[Path], clock: Clock, progress: Progress = no_progress) -> Report:
    """Read every transcript that still exists again and derive everything anew, in one transaction.

    What only the database knows (responses whose transcripts are gone, peaks, labels) stays.
    """
    seen = look(roots, {})
    errors = list(seen.errors)
    report = Report()
    with store.transaction():
        for reads in gathered(seen.found, _watching(progress, seen), errors):
            store.put_again(reads)
            report += _report_of(reads)
        store.reprice()
        store.derive_all((), clock())
    return report._replace(errors=tuple(errors))


def reprice(store: Store, clock: Clock) -> int:
    """Apply today's price list to everything stored, in one transaction. How many responses changed."""
    with store.transaction():
        changed = store.reprice()
        store.derive_all((), clock())
    return changed


def reprice_stored(path: Path, clock: Clock, announce: Callable[[str], None]) -> int:
    """`reprice` for a database at `path`, closed afterwards. Raises ForeignDatabaseError, DatabaseError."""
    store = open_store(path, Pricer(PriceBook()), announce)
    try:
        return reprice(store, clock)
    finally:
        store.close()
