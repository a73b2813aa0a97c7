"""Tells when history that was loaded into a store of metrics is no longer what is known."""

from __future__ import annotations

import logging
from pathlib import Path

from exporter.store import backfills
from exporter.store.database import meta
from exporter.store.reader import Reader

log = logging.getLogger(__name__)

CHECK_SECONDS = 60.0


class HistoryCheck:
    """Looks at what was loaded from a database, and tells once what newly differs."""

    def __init__(self, database: Path) -> None:
        self._reader = Reader(database)
        self._past: str | None = None
        self._told: list[str] = []

    def check(self) -> None:
        """At almost no cost where nothing was loaded, or nothing of the past changed. Raises DatabaseError."""
        with self._reader.view() as connection:
            past = meta.past(connection) if connection is not None and backfills.kept(connection) else None
        if past == self._past:
            return
        self._past = past
        told = differing_in_words(self._reader)
        for text in told:
            if text not in self._told:
                log.warning("%s", text)
        self._told = told


def differing_in_words(reader: Reader) -> list[str]:
    """A line for each target whose history differs. Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None or not backfills.kept(connection):
            return []
        from exporter.backfill.differences import differing, summary

        return [summary(*one) for one in differing(connection)]
