"""Reads the files that a scan found, in pieces and batches of bounded size."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from exporter.domain.usage.bounds import TimeBounds, time_bounds
from exporter.domain.usage.pricing import Price
from exporter.errors import reason
from exporter.ingest.transcripts.scan import ChangedFile
from exporter.sources.transcripts.collector import Collector
from exporter.sources.transcripts.reading import continue_reading, is_same_file, session_id_of
from exporter.sources.transcripts.subagents import agent_type_of
from exporter.store.transcripts.file_read import FileRead

log = logging.getLogger(__name__)

PIECE_BYTES = 16 << 20
"""Approximate size of a piece of a file, and of a batch before it is stored. Limits memory."""
MAX_FILES = 500
"""Maximum number of files in one batch."""

Count = Callable[[int], None]
"""Called with the number of bytes that were read."""
Read = Callable[[Sequence[ChangedFile], Count, list[str]], Iterator[list[FileRead]]]
"""Reads files in batches. Appends read errors to the list."""


def read_in_process(price: Price, clock: Callable[[], int]) -> Read:
    """Read in this process. `clock`: ms."""

    def read(found: Sequence[ChangedFile], count: Count, errors: list[str]) -> Iterator[list[FileRead]]:
        return portions(found, price, time_bounds(clock()), count, errors)

    return read


def portions(
    found: Iterable[ChangedFile], price: Price, times: TimeBounds, count: Count, errors: list[str]
) -> Iterator[list[FileRead]]:
    """The results of reading these files, in batches of bounded size."""
    reads: list[FileRead] = []
    gathered_bytes = 0
    for file in found:
        for piece in _pieces(file, price, times, errors):
            count(piece.bytes_read)
            reads.append(piece)
            gathered_bytes += piece.bytes_read
            if gathered_bytes >= PIECE_BYTES or len(reads) >= MAX_FILES:
                yield reads
                reads, gathered_bytes = [], 0
    if reads:
        yield reads


def _pieces(file: ChangedFile, price: Price, times: TimeBounds, errors: list[str]) -> Iterator[FileRead]:
    """One file, piece by piece. A deleted file is left to the next scan."""
    known, renamed_from = file.known, None
    if known is not None and known.path != file.path:
        if is_same_file(file.path, known):
            known, renamed_from = msgspec.structs.replace(known, path=file.path), known.path
        else:  # another file; the next scan finds that the old one is missing
            known = None
    ended, agent = False, agent_type_of(file.path)
    while not ended:
        collector = Collector(session_id_of(file.path), times, agent)
        try:
            reading = continue_reading(file.path, known, collector, PIECE_BYTES, times.quiet_since_ns)
        except FileNotFoundError:
            return
        except OSError as error:
            errors.append(f"{file.path}: {reason(error)}")
            return
        except Exception as error:  # noqa: BLE001 - a file's boundary: the others are read
            errors.append(f"{file.path}: {error!r:.200}")
            return
        known, ended = reading.state, reading.ended
        batch = collector.batch(price)
        for failure in collector.failures:
            log.error("%s: not counted, because of an unexpected error: %s", file.path, failure)
        yield FileRead(batch, known, reading.change, reading.bytes_read, renamed_from, ended)
        renamed_from = None
