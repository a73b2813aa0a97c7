"""Checks whether a database is up to date with the transcripts, without opening it for writing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exporter.domain.usage.bounds import time_bounds
from exporter.errors import OlderDatabaseError
from exporter.ingest.transcripts.scan import scan
from exporter.store.database import meta
from exporter.store.reader import Reader
from exporter.store.transcripts import files, held


def is_current(reader: Reader, roots: Sequence[Path], now: int) -> bool:
    """Whether its tables are up to date, the first read is complete, and no entry is new or has come into its time.

    Raises DatabaseError.
    """
    try:
        with reader.view() as connection:
            if connection is None or meta.first_read_at(connection) is None:
                return False
            if held.has_due(connection, now) or meta.get(connection, meta.READS_AGAIN) is not None:
                return False
            return scan(roots, files.load(connection), time_bounds(now).quiet_since_ns).is_empty
    except OlderDatabaseError:
        return False
