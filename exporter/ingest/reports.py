"""What a catch-up read, and what it could not count."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from exporter.ingest.transcripts.scan import Progress, Scan
from exporter.store.transcripts.file_read import FileRead

log = logging.getLogger(__name__)

MAX_NAMED = 20
"""How many failures of one batch are named in the log."""


class Report(NamedTuple):
    """The result of a catch-up."""

    files: int = 0
    lines: int = 0
    bytes_read: int = 0
    missing: int = 0
    errors: tuple[str, ...] = ()

    def __add__(self, other: Report) -> Report:  # type: ignore[override]
        return Report(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))  # type: ignore[operator]


def log_failed(failed: Sequence[str]) -> None:
    """Name what could not be counted."""
    for one in failed[:MAX_NAMED]:
        log.error("not counted, because of an unexpected error: %s", one)
    if len(failed) > MAX_NAMED:
        log.error("not counted, because of unexpected errors: %d more", len(failed) - MAX_NAMED)


def count_progress(progress: Progress, scan_result: Scan) -> Callable[[int], None]:
    done, total = 0, scan_result.unread

    def count(read: int) -> None:
        nonlocal done
        done += read
        progress(done, max(done, total))

    return count


def report_of(reads: Sequence[FileRead]) -> Report:
    return Report(
        files=sum(read.ended for read in reads),
        lines=sum(read.batch.lines for read in reads),
        bytes_read=sum(read.bytes_read for read in reads),
    )
