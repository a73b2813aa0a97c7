"""Which transcripts Claude Code will delete before they are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from exporter.domain.retention import Retention, retention
from exporter.ingest.transcripts.scan import ChangedFile
from exporter.sources.transcripts.cleanup import cleanup_days


def retention_of(roots: Sequence[Path], unread: Iterable[ChangedFile]) -> Retention:
    """The shortest time that the folders of these roots are kept, and what is not read below them."""
    days = {root: cleanup_days(root.parent) for root in roots if root.is_dir()}
    return retention(days.values(), [(file.stat.mtime_ns // 1_000_000, _days_of(file, days)) for file in unread])


def _days_of(file: ChangedFile, days: dict[Path, int | None]) -> int | None:
    return next((number for root, number in days.items() if Path(file.path).is_relative_to(root)), None)
