"""Finds limits that were reached in transcript entries."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import tzinfo

from exporter.domain.limits.hit import Hit
from exporter.domain.limits.limit_text import parse_limit_text
from exporter.store.transcripts.file_read import FileRead

log = logging.getLogger(__name__)

Zone = Callable[[], tzinfo]
"""The time zone of a reset without one: the machine's."""


def hits_in(reads: Iterable[FileRead], zone: Zone) -> list[Hit]:
    """The limit hits among the API errors in these entries."""
    errors = [row for read in reads for batch in read.batch.sessions for row in batch.api_errors]
    if not errors:
        return []
    local = zone()
    return [hit for _, at, _, text in errors if (hit := _parse(text, at, local)) is not None]


def _parse(text: str, at: int, zone: tzinfo) -> Hit | None:
    try:
        return parse_limit_text(text, at, zone)
    except Exception as error:  # noqa: BLE001 - whatever a text causes, the entries count
        log.error("an API error's text that cannot be read: %.80r: %.200r", text, error)
        return None
