"""Finds limits that were reached in transcript entries."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import tzinfo

from exporter.domain.accounts import Origin
from exporter.domain.limits.hit import Hit, ReportedHit
from exporter.domain.limits.quota import hits_of_error
from exporter.domain.transcripts.batch import Row, quota_of
from exporter.sources.local_zone import warn_of_unknown_zone
from exporter.store.transcripts.file_read import FileRead

log = logging.getLogger(__name__)

Zone = Callable[[], tzinfo]
"""The time zone of a reset without one: the machine's."""


def hits_in(reads: Iterable[FileRead], zone: Zone) -> list[ReportedHit]:
    """The limit hits among the API errors in these entries, each with its file and session."""
    errors = [
        (row, Origin(transcript=read.state.path, session=batch.session_id))
        for read in reads
        for batch in read.batch.sessions
        for row in batch.api_errors
    ]
    if not errors:
        return []
    local = zone()
    return [ReportedHit(hit, origin) for row, origin in errors for hit in _parse(row, local)]


def _parse(error: Row, zone: tzinfo) -> tuple[Hit, ...]:
    _, at, _, text, *_ = error
    try:
        quota = quota_of(error)
        hits = hits_of_error(text, quota, at, zone)
        if hits and quota is None:
            warn_of_unknown_zone(text)
    except Exception as problem:  # noqa: BLE001 - whatever a text causes, the entries count
        log.error("an API error's text that cannot be read: %.80r: %.200r", text, problem)
        return ()
    return hits
