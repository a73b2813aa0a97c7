"""What `status` says of transcripts that Claude Code will delete. While a tracker runs, it reads them all in time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from exporter.cli.clock import clock
from exporter.cli.output import count
from exporter.cli.wiring.folders import roots_of
from exporter.domain.calendar import timestamp
from exporter.domain.retention import Retention
from exporter.domain.usage.bounds import time_bounds
from exporter.ingest.retention import retention_of
from exporter.ingest.transcripts.scan import scan
from exporter.store.reader import Reader
from exporter.store.transcripts import files


def of_untracked(reader: Reader, config_dirs: tuple[Path, ...], *, is_read: bool) -> Retention:
    """Which transcripts will be deleted, while no tracker runs. `is_read`: all were read just now."""
    roots = roots_of(config_dirs)()
    if is_read:
        return retention_of(roots, ())
    with reader.view() as connection:
        known = files.load(connection) if connection is not None else files.KnownFiles()
    return retention_of(roots, scan(roots, known, time_bounds(clock()).quiet_since_ns).found)


def sentences(kept: Retention | None) -> Iterator[str]:
    """For a person who reads `status`."""
    if kept is None or kept.cleanup_days is None:
        return
    yield f"Claude deletes transcripts after {count(kept.cleanup_days, 'day')}."
    if kept.unread_files and kept.first_deletion_at is not None:
        day = timestamp.to_iso(kept.first_deletion_at)[:10]
        yield f"{count(kept.unread_files, 'transcript')} not read yet; the first is deleted on {day}."
