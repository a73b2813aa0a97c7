"""What transcripts and hooks tell of limits that were reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import tzinfo

from exporter.domain.limits.hit import Hit
from exporter.domain.limits.limit_text import parse
from exporter.store.transcripts.file_read import FileRead

Zone = Callable[[], tzinfo]
"""The zone of a reset that names none: the machine's."""


def hits_in(reads: Iterable[FileRead], zone: Zone) -> list[Hit]:
    """The hits that the API errors in these lines are."""
    errors = [row for read in reads for told in read.batch.sessions for row in told.api_errors]
    if not errors:
        return []
    local = zone()
    return [hit for _, at, _, text in errors if (hit := parse(text, at, local)) is not None]
