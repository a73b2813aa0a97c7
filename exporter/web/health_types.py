"""The shapes of how the tracker is, and what every shape is made of."""

from __future__ import annotations

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of an answer: no key more, none less."""


class Collector(Shape, frozen=True, kw_only=True):
    """A collector's last run."""

    name: str
    success: bool
    duration_s: float


class Health(Shape, frozen=True, kw_only=True):
    """How the tracker is."""

    committed_at: str | None
    files: int
    database_bytes: int
    lag_seconds: float | None
    watcher_up: bool | None
    collectors: list[Collector]


class Sync(Shape, frozen=True, kw_only=True):
    """How what is sent to a target is."""

    target: str
    last_success_at: str | None
    problem: str | None
    retry_at: str | None
    is_stopped: bool
