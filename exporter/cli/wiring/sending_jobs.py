"""Keeps what a tracker sends to up to date: sync targets and a store of many machines. Light: most have neither."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from exporter.cli.options.sync import SyncSettings
from exporter.cli.wiring import environment
from exporter.domain.fleet.state import health_of
from exporter.domain.health import Health, Sending
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.engine.jobs import BackgroundTask, Job

if TYPE_CHECKING:  # heavy: HTTP
    from exporter.publish.sync import Sync
    from exporter.push.pusher import Pusher

CHECK_SECONDS = 5.0


class SendingJobs(NamedTuple):
    """`state`: how it goes, without a query."""

    jobs: list[Job]
    state: Callable[[], Sending]


def sending_of(
    sync_settings: SyncSettings, database: Path, zone: tzinfo | None, plan: PlanSettings, *, detects: bool
) -> SendingJobs:
    """What the options and the configuration file of the command that runs ask for."""

    def health() -> Health:
        return Health(detects=detects)

    syncs = _syncs(sync_settings, database, zone, plan, health)
    pusher = _pusher(database, zone, plan, health)
    jobs: list[Job] = sync_jobs(syncs)
    if pusher is not None:
        jobs.append((BackgroundTask("fleet", pusher.check), CHECK_SECONDS))
    store = (lambda: health_of(pusher.state)) if pusher is not None else lambda: None
    return SendingJobs(jobs, lambda: Sending(tuple(sync.state for sync in syncs), store()))


def sync_jobs(syncs: Sequence[Sync]) -> list[Job]:
    """The jobs that keep each target up to date."""
    return [(BackgroundTask(sync.state.target, sync.check), CHECK_SECONDS) for sync in syncs]


def _syncs(
    sync_settings: SyncSettings,
    database: Path,
    zone: tzinfo | None,
    plan: PlanSettings,
    health: Callable[[], Health],
) -> list[Sync]:
    if not sync_settings.targets:
        return []
    from exporter.cli.wiring.sync import PublishedData, build_targets

    return build_targets(sync_settings, database, PublishedData(database, zone, plan, health))


def _pusher(database: Path, zone: tzinfo | None, plan: PlanSettings, health: Callable[[], Health]) -> Pusher | None:
    settings = environment.fleet()
    if settings is None:
        return None
    from exporter.cli.wiring.push import pusher_of

    return pusher_of(settings, database, zone, plan, health)
