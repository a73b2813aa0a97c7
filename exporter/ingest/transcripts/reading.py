"""Reads the files that a look found, piece by piece, in portions of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from exporter.domain.usage.pricing import Price
from exporter.ingest.transcripts.scan import Found
from exporter.sources.transcripts.collector import Collector
from exporter.sources.transcripts.reading import goes_on_at, read_on, session_of
from exporter.store.transcripts.file_read import FileRead

PIECE_BYTES = 16 << 20
"""A file is read in pieces of about this size, and as much is gathered before it is stored, to bound memory."""
MOST_FILES = 500
"""So many files go into one portion at most."""

Count = Callable[[int], None]
"""Told how many bytes were read."""
Read = Callable[[Sequence[Found], Count, list[str]], Iterator[list[FileRead]]]
"""Reads files: in portions, whoever does it. What cannot be read is told to the list."""


def alone(price: Price) -> Read:
    """Reading in this process."""

    def read(found: Sequence[Found], count: Count, errors: list[str]) -> Iterator[list[FileRead]]:
        return portions(found, price, count, errors)

    return read


def portions(found: Iterable[Found], price: Price, count: Count, errors: list[str]) -> Iterator[list[FileRead]]:
    """What reading these files gives, in portions of bounded size."""
    reads: list[FileRead] = []
    gathered_bytes = 0
    for file in found:
        for piece in _pieces(file, price, errors):
            count(piece.bytes_read)
            reads.append(piece)
            gathered_bytes += piece.bytes_read
            if gathered_bytes >= PIECE_BYTES or len(reads) >= MOST_FILES:
                yield reads
                reads, gathered_bytes = [], 0
    if reads:
        yield reads


def _pieces(file: Found, price: Price, errors: list[str]) -> Iterator[FileRead]:
    """One file, piece by piece. A file that vanished meanwhile is left to the next look."""
    known, renamed_from = file.known, None
    if known is not None and known.path != file.path:
        if goes_on_at(file.path, known):
            known, renamed_from = msgspec.structs.replace(known, path=file.path), known.path
        else:  # another file; that the old one is gone is seen at the next look
            known = None
    ended = False
    while not ended:
        collector = Collector(session_of(file.path))
        try:
            reading = read_on(file.path, known, collector, PIECE_BYTES)
        except FileNotFoundError:
            return
        except OSError as error:
            errors.append(f"{file.path}: {error.strerror}")
            return
        known, ended = reading.state, reading.ended
        batch = collector.batch(price)
        yield FileRead(batch, known, reading.change, reading.bytes_read, renamed_from, ended)
        renamed_from = None
