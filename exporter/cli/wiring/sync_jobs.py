"""Keeps the publishing targets of a tracker up to date. Light: most trackers have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from exporter.domain.sync import SyncState
from exporter.engine.jobs import BackgroundTask, Job

if TYPE_CHECKING:  # heavy: HTTP
    from exporter.publish.sync import Sync

CHECK_SECONDS = 5.0


def states(syncs: Sequence[Sync]) -> tuple[SyncState, ...]:
    return tuple(sync.state for sync in syncs)


def jobs(syncs: Sequence[Sync]) -> list[Job]:
    """The jobs that keep each target up to date."""
    return [(BackgroundTask(sync.state.target, sync.check), CHECK_SECONDS) for sync in syncs]
