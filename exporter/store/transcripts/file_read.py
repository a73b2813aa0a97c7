"""The result of reading a file, in the form the store takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from exporter.domain.transcripts.batch import Batch
from exporter.domain.transcripts.file_state import FileState
from exporter.domain.usage.totals import LabelSet


class FileRead(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The result of reading one file: its data, how far it was read, and what happened to it.

    `ended`: it was read to its end; a large file comes in several parts.
    """

    batch: Batch
    state: FileState
    change: str | None
    bytes_read: int
    renamed_from: str | None = None
    ended: bool = True


def reading_counts(reads: Iterable[FileRead], missing: int) -> dict[LabelSet, int]:
    """What these reads, and missing files, add to the ingest counters."""
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


def sessions_by_file(reads: Iterable[FileRead]) -> list[tuple[str, str]]:
    """The path of each file with each session in it."""
    return [(read.state.path, session_batch.session_id) for read in reads for session_batch in read.batch.sessions]
