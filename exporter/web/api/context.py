"""What the routes of the API share: their context, and how they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any, NamedTuple

import msgspec
from flask import Response

from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.snapshot.parts import Snapshot
from exporter.snapshot.sessions.story import ReadTranscripts, read_nothing
from exporter.snapshot.take import take, take_shown
from exporter.store.reader import Reader
from exporter.web.problems import NotReady


def examine_nothing() -> Mapping[str, Any]:
    """No checks, where there is no installation to examine."""
    return {"checks": []}


def look_nowhere() -> Mapping[str, Any]:
    """No folders, where nothing reads transcripts."""
    return {"items": [], "transcripts": 0, "missing": None}


class ApiContext(NamedTuple):
    """What the API answers from. `zone`: None for the machine's own."""

    reader: Reader
    clock: Callable[[], int]
    zone: tzinfo | None
    plan: PlanSettings
    health: Callable[[], Health]
    read_transcripts: ReadTranscripts = read_nothing
    """Reads the files of a session for its story."""
    shows_texts: bool = False
    """Whether a story may have texts. Only with a token: see `create_app`."""
    examine: Callable[[], Mapping[str, Any]] = examine_nothing
    """The checks of the installation, as JSON."""
    folders: Callable[[], Mapping[str, Any]] = look_nowhere
    """Where transcripts are looked for, as JSON."""
    early: Reader | None = None
    """Of the database with the newest usage, which is there during the first read."""

    def shown_snapshot(self) -> Snapshot:
        """The snapshot now; in the first read, of the newest usage. Raises NotReady before that is certain."""
        if self.early is None:
            return self.complete_snapshot()
        snapshot = take_shown(self.reader, self.early, self.clock(), self.zone, self.health(), self.plan)
        if snapshot is None:
            raise NotReady
        return snapshot

    def complete_snapshot(self) -> Snapshot:
        """The snapshot now. Raises NotReady until the first read is complete."""
        snapshot = take(self.reader, self.clock(), self.zone, self.health(), self.plan)
        if snapshot is None or snapshot.health.first_read_at is None:
            raise NotReady
        return snapshot


def answer(content: Mapping[str, Any], shape: type[Any], status: int = 200) -> Response:
    """The content as JSON. Raises msgspec.ValidationError if it does not have the shape."""
    return Response(
        msgspec.json.encode(msgspec.convert(content, shape)) + b"\n", status=status, mimetype="application/json"
    )
