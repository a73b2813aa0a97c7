"""What programs send to the tracker, and the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from exporter.web.shapes.shape import Shape

Payload = dict[str, Any]
"""JSON of a hook or of the status line, as Claude Code writes it."""


class Queued(Shape, frozen=True, kw_only=True):
    """The payload was queued. `detector`: whether a running detector takes it immediately."""

    queued: bool
    detector: bool


class AlertPayload(msgspec.Struct, frozen=True, rename="camel"):
    """An alert."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: Annotated[datetime, msgspec.Meta(tz=True)]
    fingerprint: str


class AlertmanagerPayload(msgspec.Struct, frozen=True):
    """The parts of Alertmanager's webhook payload that are used."""

    alerts: list[AlertPayload]
