"""Warns when backfilled history differs from the current data."""

from __future__ import annotations

import logging
from pathlib import Path

from exporter.store import backfills
from exporter.store.database import meta
from exporter.store.reader import Reader

log = logging.getLogger(__name__)

CHECK_SECONDS = 60.0


class HistoryCheck:
    """Compares what was backfilled from a database, and logs each new difference once."""

    def __init__(self, database: Path) -> None:
        self._reader = Reader(database)
        self._past: str | None = None
        self._logged: list[str] = []

    def check(self) -> None:
        """Cheap if nothing was backfilled or the past did not change. Raises DatabaseError."""
        with self._reader.view() as connection:
            past = (
                meta.past_version(connection) if connection is not None and backfills.load_records(connection) else None
            )
        if past == self._past:
            return
        self._past = past
        messages = messages_about_history(self._reader)
        for message in messages:
            if message not in self._logged:
                log.warning("%s", message)
        self._logged = messages


def messages_about_history(reader: Reader) -> list[str]:
    """A line for each target with differing history. Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None or not backfills.load_records(connection):
            return []
        from exporter.backfill.differences import find_differing, summary

        return [summary(*one) for one in find_differing(connection)]
