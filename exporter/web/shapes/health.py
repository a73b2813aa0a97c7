"""Health of the tracker and of publishing."""

from __future__ import annotations

from exporter.web.shapes.shape import Shape


class Collector(Shape, frozen=True, kw_only=True):
    """The last run of a collector."""

    name: str
    success: bool
    duration_s: float


class WatchedFolders(Shape, frozen=True, kw_only=True):
    """Existing transcript folders: with changes reported by the system, and scanned every few seconds."""

    events: int
    polling: int


class Retention(Shape, frozen=True, kw_only=True):
    """Transcripts that Claude Code deletes before they are read; `cleanup_days` null: it keeps them for ever."""

    cleanup_days: int | None
    unread_files: int
    first_deletion_at: str | None


class Health(Shape, frozen=True, kw_only=True):
    """Health of the tracker. `damage`: what is damaged in the database, null if nothing is known to be."""

    committed_at: str | None
    files: int
    database_bytes: int
    damage: str | None
    lag_seconds: float | None
    watcher_up: bool | None
    watched_folders: WatchedFolders | None
    collectors: list[Collector]
    retention: Retention | None


class Store(Shape, frozen=True, kw_only=True):
    """The store of many machines that figures are sent to. `since`: the first time; `until`: what it has."""

    url: str
    since: str | None
    until: str | None
    refused_samples: dict[str, int]
    problem: str | None
    is_stopped: bool


class Sync(Shape, frozen=True, kw_only=True):
    """State of publishing to a target."""

    target: str
    last_success_at: str | None
    problem: str | None
    retry_at: str | None
    is_stopped: bool
