"""Reads the files that a scan found, in pieces and batches of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from exporter.domain.usage.pricing import Price
from exporter.errors import reason
from exporter.ingest.transcripts.scan import ChangedFile
from exporter.sources.transcripts.collector import Collector
from exporter.sources.transcripts.reading import continue_reading, is_same_file, session_id_of
from exporter.store.transcripts.file_read import FileRead

PIECE_BYTES = 16 << 20
"""Approximate size of a piece of a file, and of a batch before it is stored. Limits memory."""
MAX_FILES = 500
"""Maximum number of files in one batch."""

Count = Callable[[int], None]
"""Called with the number of bytes that were read."""
Read = Callable[[Sequence[ChangedFile], Count, list[str]], Iterator[list[FileRead]]]
"""Reads files in batches. Appends read errors to the list."""


def read_in_process(price: Price) -> Read:
    """Read in this process."""

    def read(found: Sequence[ChangedFile], count: Count, errors: list[str]) -> Iterator[list[FileRead]]:
        return portions(found, price, count, errors)

    return read


def portions(found: Iterable[ChangedFile], price: Price, count: Count, errors: list[str]) -> Iterator[list[FileRead]]:
    """The results of reading these files, in batches of bounded size."""
    reads: list[FileRead] = []
    gathered_bytes = 0
    for file in found:
        for piece in _pieces(file, price, errors):
            count(piece.bytes_read)
            reads.append(piece)
            gathered_bytes += piece.bytes_read
            if gathered_bytes >= PIECE_BYTES or len(reads) >= MAX_FILES:
                yield reads
                reads, gathered_bytes = [], 0
    if reads:
        yield reads


def _pieces(file: ChangedFile, price: Price, errors: list[str]) -> Iterator[FileRead]:
    """One file, piece by piece. A deleted file is left to the next scan."""
    known, renamed_from = file.known, None
    if known is not None and known.path != file.path:
        if is_same_file(file.path, known):
            known, renamed_from = msgspec.structs.replace(known, path=file.path), known.path
        else:  # another file; the next scan finds that the old one is missing
            known = None
    ended = False
    while not ended:
        collector = Collector(session_id_of(file.path))
        try:
            reading = continue_reading(file.path, known, collector, PIECE_BYTES)
        except FileNotFoundError:
            return
        except OSError as error:
            errors.append(f"{file.path}: {reason(error)}")
            return
        known, ended = reading.state, reading.ended
        batch = collector.batch(price)
        yield FileRead(batch, known, reading.change, reading.bytes_read, renamed_from, ended)
        renamed_from = None
