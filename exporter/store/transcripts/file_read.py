"""What reading a file on gave, as the store takes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from exporter.domain.transcripts.batch import Batch
from exporter.domain.transcripts.file_state import FileState
from exporter.domain.usage.totals import LabelSet


class FileRead(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What reading one file on gave: its records, how far it has been read, and what became of it.

    `ended`: it has been read to its end; a large file comes in several pieces.
    """

    batch: Batch
    state: FileState
    change: str | None
    bytes_read: int
    renamed_from: str | None = None
    ended: bool = True


def reading_counts(reads: Iterable[FileRead], missing: int) -> dict[LabelSet, int]:
    """What these reads, and files found missing, add to the counters of reading itself."""
    counts: Counter[LabelSet] = Counter()
    for read in reads:
        counts["ingest_lines", ()] += read.batch.lines
        counts["ingest_bytes", ()] += read.bytes_read
        for reason, count in read.batch.skipped.items():
            counts["ingest_skipped_lines", (reason,)] += count
        for change in (read.change, "renamed" if read.renamed_from else None):
            if change:
                counts["ingest_file_changes", (change,)] += 1
    if missing:
        counts["ingest_file_changes", ("deleted",)] += missing
    return dict(counts)


def told_by_file(reads: Iterable[FileRead]) -> list[tuple[str, str]]:
    """The path of each file with each session that it told of."""
    return [(read.state.path, told.session_id) for read in reads for told in read.batch.sessions]
