"""Wires a tracker: engine, reader, faces."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from exporter import __version__
from exporter.cli.clock import clock
from exporter.cli.commands.statusline import spool_of
from exporter.cli.options.notifications import NotificationOptions
from exporter.cli.options.sync import Syncing
from exporter.cli.wiring import environment, first_read
from exporter.cli.wiring.folders import Roots, limit_places
from exporter.cli.wiring.history_check import CHECK_SECONDS, HistoryCheck
from exporter.cli.wiring.sampler import sampler_for
from exporter.cli.wiring.sync import Figures, build, jobs, states
from exporter.domain.health import Health, ReportedHealth
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.notifications.warning import Facts, Notification, Thresholds
from exporter.domain.sessions.session import ProcessSample, SessionEvent
from exporter.engine.engine import Engine
from exporter.ingest.catch_up import Ingest, TakeSample, open_caught_up
from exporter.ingest.limits.readings import take_limits
from exporter.ingest.lock import IngestLock
from exporter.ingest.notifications.warnings import Warnings
from exporter.ingest.sessions.detection import Detection
from exporter.metrics.collector import Exposition
from exporter.notifications import command, desktop, queue
from exporter.publish.sync import Sync
from exporter.snapshot.notifications.facts import warning_facts
from exporter.snapshot.snapshot_json import to_json
from exporter.snapshot.take import Current, take, take_current
from exporter.sources.limits import spool
from exporter.sources.limits.files import LimitFiles
from exporter.sources.notifications import alertmanager
from exporter.sources.prices import PriceBook
from exporter.sources.transcripts.roots import is_transcript
from exporter.store.health import write_health
from exporter.store.reader import Reader
from exporter.store.store import Store
from exporter.web.api import ApiContext
from exporter.web.app import App, create_app
from exporter.web.websocket import LiveChannel

log = logging.getLogger(__name__)


class TrackerSettings(NamedTuple):
    """What everything that shows or tells figures of one tracker goes by. `zone`: None for the machine's own."""

    database: Path
    zone: tzinfo | None
    plan: PlanSettings
    thresholds: Thresholds


class FollowedDatabase:
    """A database that is being followed, as the engine drives it."""

    def __init__(self, ingest: Ingest, store: Store, path: Path, limits: LimitFiles, warnings: Warnings) -> None:
        self._ingest = ingest
        self._store = store
        self._detection = Detection(store, clock, _log_event)
        self._limits = limits
        self._warnings = warnings
        self._path = path
        self._file = _identity(path)

    def catch_up(self) -> Sequence[str]:
        return self._ingest.catch_up().errors

    def catch_up_with(self, paths: Sequence[str]) -> Sequence[str]:
        return self._ingest.catch_up_with(paths).errors

    def finish_blocks(self) -> None:
        self._store.finish_blocks(clock())
        self._warnings.check()

    def observe(self, seen: ProcessSample) -> None:
        self._detection.observe(seen)

    def read_limits(self) -> bool:
        ok = take_limits(self._store, self._limits, clock, lambda alerts: self._warnings.hand_on(alerts, clock()))
        self._warnings.check()
        return ok

    def is_current(self) -> bool:
        """Whether the file at the path is still the one that is open."""
        return self._file == _identity(self._path)

    def close(self) -> None:
        self._detection.close()
        self._store.close()


def _log_event(event: SessionEvent) -> None:
    log.info("%s", event)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_followed(
    faces: TrackerSettings,
    telling: NotificationOptions,
    config_dirs: Sequence[Path],
    roots: Roots,
    lock: IngestLock,
    sight: TakeSample | None,
    limits: LimitFiles,
) -> FollowedDatabase:
    """The database, read completely. Raises ReadError, DatabaseError."""
    database = faces.database
    if first_read.is_needed(database):
        log.info("reading all transcripts for the first time")
        first_read.run_child(database, config_dirs, lock, detects=sight is not None)
    ingest, store, _ = open_caught_up(
        database, roots, clock, log.info, book=PriceBook(environment.rates_file()), serves=True, sight=sight
    )
    following = FollowedDatabase(
        ingest, store, database, limits, _warnings(faces, telling, store, detects=sight is not None)
    )
    following.read_limits()
    return following


def _warnings(faces: TrackerSettings, telling: NotificationOptions, store: Store, *, detects: bool) -> Warnings:
    """The tracker's own, made of the same snapshots as the faces show."""
    reader = Reader(faces.database)

    def facts() -> Facts | None:
        current = take_current(reader, clock(), faces.zone, Health(detects=detects), faces.plan)
        return warning_facts(current) if current is not None else None

    deliver: list[Callable[[Notification], None]] = []
    if telling.desktop:
        deliver.append(queue.QueuedDelivery("the desktop", desktop.Desktop()))
    if telling.command is not None:
        deliver.append(queue.QueuedDelivery("the command for warnings", command.Command(telling.command)))
    return Warnings(store, facts, faces.thresholds, telling.quiet, faces.zone, deliver)


def build_engine(
    faces: TrackerSettings,
    telling: NotificationOptions,
    config_dirs: Sequence[Path],
    roots: Roots,
    lock: IngestLock,
    *,
    processes: bool,
    sample_seconds: float,
    syncing: Syncing,
    tells_health: bool = False,
) -> Engine:
    """`processes`: whether it looks at what runs, every so many seconds. `tells_health`: to servers of their own."""
    sight = sampler_for(roots, wanted=processes)
    places = limit_places(faces.database, config_dirs)
    limits = LimitFiles(places)
    with suppress(OSError):  # then it is made with the first that is handed over
        places.spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    syncs = build_syncs(syncing, faces, detects=processes)
    opened = partial(open_followed, faces, telling, config_dirs, roots, lock, sight, limits)
    return Engine(
        opened,
        roots,
        is_transcript,
        clock,
        sight,
        limits.has_news,
        sample_seconds,
        write_health=partial(_tell_health, faces.database) if tells_health else None,
        inbox=places.spool,
        jobs=[(HistoryCheck(faces.database).check, CHECK_SECONDS), *jobs(syncs)],
        syncs=partial(states, syncs),
    )


def build_syncs(syncing: Syncing, faces: TrackerSettings, *, detects: bool) -> list[Sync]:
    """What the tracker sends on."""
    if not syncing.targets:
        return []
    figures = Figures(faces.database, faces.zone, faces.plan, lambda: Health(detects=detects))
    return build(syncing, faces.database, figures)


def _tell_health(database: Path, health: Health) -> None:
    write_health(database, ReportedHealth(clock(), health))


def build_app(
    faces: TrackerSettings,
    health: Callable[[], Health],
    allowed_hosts: Sequence[str],
    token: str | None,
    nudge: Callable[[], bool],
) -> App:
    """The faces of one tracker, all fed from the same snapshots.

    `health`: how what keeps them up to date is. `nudge`: tells it that something was handed over; whether it runs.
    """
    reader, told_by = Reader(faces.database), Reader(faces.database)

    def take_now() -> Current | None:
        return take_current(reader, clock(), faces.zone, health(), faces.plan)

    def whole() -> dict[str, Any] | None:
        snapshot = take(told_by, clock(), faces.zone, health(), faces.plan)
        return None if snapshot is None or snapshot.health.first_read_at is None else to_json(snapshot)

    def hand_over(content: bytes, *, may_wait: bool) -> bool:
        if not may_wait:
            if not nudge():
                return False
            content = alertmanager.handed_over(content)
        spool.hand_over(Path(spool_of(str(faces.database))), content)
        return nudge()

    exposition = Exposition(__version__, source_revision(), faces.thresholds)
    served = ApiContext(Reader(faces.database), clock, faces.zone, faces.plan, health)
    return create_app(take_now, exposition.expose, allowed_hosts, served, LiveChannel(told_by, whole), hand_over, token)


def source_revision() -> str:
    """The commit of the checkout this runs from, as git's own files tell; `unknown` where it is none."""
    git = Path(__file__).parents[3] / ".git"
    try:
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head[:12]
        return (git / head.removeprefix("ref: ")).read_text().strip()[:12]
    except OSError:
        return "unknown"
