"""Whether a database holds all that the transcripts tell, found without opening it to write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exporter.ingest.transcripts.scan import scan
from exporter.store.database import meta
from exporter.store.reader import Reader
from exporter.store.transcripts import files


def is_current(reader: Reader, roots: Sequence[Path]) -> bool:
    """Whether it has been through a first read and nothing has changed since the last. Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None or meta.first_read_at(connection) is None:
            return False
        return scan(roots, files.load(connection)).is_empty
