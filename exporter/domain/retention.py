"""Which transcripts Claude Code deletes before they were read: it keeps them for some days after their last change."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from exporter.domain.calendar.timestamp import DAY

DEFAULT_DAYS = 30
"""Claude Code's own, and its setting's name is `cleanupPeriodDays`."""


class Retention(msgspec.Struct, frozen=True):
    """`cleanup_days`: the shortest time that transcripts are kept; None if all are kept for ever.

    `unread_files`: how many were not, or not fully, read. `first_deletion_at`: when the first of them is deleted, ms.
    """

    cleanup_days: int | None = None
    unread_files: int = 0
    first_deletion_at: int | None = None


def retention(days: Iterable[int | None], unread: Iterable[tuple[int, int | None]]) -> Retention:
    """`days`: of each folder, None for ever. `unread`: each file's last change (ms), and the days of its folder."""
    kept = [number for number in days if number is not None]
    files = list(unread)
    deleted = [changed_at + number * DAY for changed_at, number in files if number is not None]
    return Retention(min(kept, default=None), len(files), min(deleted, default=None))
