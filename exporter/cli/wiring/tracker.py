"""Builds a tracker: engine, notifications, metrics and web application."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from exporter import __version__
from exporter.cli.clock import clock, has_own_time
from exporter.cli.names import spool_folder
from exporter.cli.options.notifications import NotificationOptions
from exporter.cli.options.sync import SyncSettings
from exporter.cli.wiring import asking, environment, first_read
from exporter.cli.wiring.folders import Roots, account_files, limit_places, registries_of
from exporter.cli.wiring.history_check import CHECK_SECONDS, HistoryCheck
from exporter.cli.wiring.integrity_check import LOOK_SECONDS, IntegrityCheck
from exporter.cli.wiring.own_warnings import own_warnings
from exporter.cli.wiring.revision import source_revision
from exporter.cli.wiring.sampler import sampler_for
from exporter.cli.wiring.sending_jobs import sending_of
from exporter.cli.wiring.stories import one_at_a_time
from exporter.cli.wiring.tracked_database import TrackedDatabase
from exporter.domain.health import Health, ReportedHealth
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.notifications.warning import Thresholds
from exporter.domain.usage.price_table import NO_PRICES, Table
from exporter.engine.clocks import steady_ms
from exporter.engine.engine import Engine
from exporter.errors import DatabaseError, LockedError
from exporter.ingest.catch_up import open_caught_up
from exporter.ingest.first_read import TakeSample
from exporter.ingest.identity import Identity, default_folder
from exporter.ingest.lock import IngestLock
from exporter.metrics.collector import Exposition
from exporter.snapshot.parts import Current
from exporter.snapshot.snapshot_json import to_json
from exporter.snapshot.take import take, take_current
from exporter.sources.limits import spool
from exporter.sources.limits.account_files import AccountFiles
from exporter.sources.limits.files import LimitFiles
from exporter.sources.machine import machine_hash
from exporter.sources.notifications import alertmanager
from exporter.sources.transcripts.roots import is_transcript
from exporter.store.database import opening
from exporter.store.database.early_place import early_path
from exporter.store.health import write_health
from exporter.store.reader import Reader
from exporter.web.api.context import ApiContext, examine_nothing, look_nowhere
from exporter.web.app import App, create_app
from exporter.web.websocket import LiveChannel

log = logging.getLogger(__name__)


class TrackerSettings(NamedTuple):
    """Settings that every output of a tracker shares. `zone`: None for the machine's own.

    `custom_names`: whether names that do not come with Claude Code are labels.
    """

    database: Path
    zone: tzinfo | None
    plan: PlanSettings
    thresholds: Thresholds
    custom_names: bool = False


def open_tracked(
    settings: TrackerSettings,
    notifications: NotificationOptions,
    config_dirs: Sequence[Path],
    roots: Roots,
    lock: IngestLock,
    take_sample: TakeSample | None,
    limits: LimitFiles,
    user_prices: Table = NO_PRICES,
    config: Sequence[str] = (),
    announce: Callable[[float], None] | None = None,
    first_started: first_read.StartedRead | None = None,
) -> TrackedDatabase:
    """The database, with all transcripts read. `config`: for the child. `announce`: gets the seconds that it took.

    `first_started`: the first read, if it has started already. Raises ReadError, DatabaseError.
    """
    database, started = settings.database, time.monotonic()
    if first_started is not None:
        first_started.wait()
    opening.claim(database, log.warning)
    if first_read.is_needed(database):
        log.info("reading all transcripts for the first time")
        first_read.run_child(database, config_dirs, lock, detects=take_sample is not None, config=config)
    accounts = AccountFiles(account_files(config_dirs)).changed
    ingest, store, _ = open_caught_up(
        database,
        roots,
        clock,
        log.info,
        prices=environment.price_list(user_prices),
        serves=True,
        take_sample=take_sample,
        accounts=accounts,
    )
    if not lock.follow(database):
        store.close()
        raise LockedError(f"another claude-tracker writes {database} under another name: stop it first")
    store.show_custom_names(clock(), shows=settings.custom_names)
    warnings = own_warnings(
        settings.database,
        settings.zone,
        settings.plan,
        settings.thresholds,
        notifications,
        store,
        detects=take_sample is not None,
    )
    identity = Identity(store, machine_hash(), default_folder())
    tracked = TrackedDatabase(ingest, store, limits, accounts, warnings, identity)
    tracked.read_limits()
    if announce is not None:
        announce(time.monotonic() - started)
    return tracked


def build_engine(
    settings: TrackerSettings,
    notifications: NotificationOptions,
    config_dirs: Sequence[Path],
    roots: Roots,
    lock: IngestLock,
    *,
    processes: bool,
    sample_seconds: float,
    sync_settings: SyncSettings,
    reports_health: bool = False,
    announce: Callable[[float], None] | None = None,
    first_started: first_read.StartedRead | None = None,
) -> Engine:
    """`processes`: whether to sample the process list, every `sample_seconds`. `reports_health`: to other processes.

    `announce`, `first_started`: as in `open_tracked`.
    """
    take_sample = sampler_for(settings.database, roots, wanted=processes)
    places = limit_places(settings.database, config_dirs)
    limits = LimitFiles(places)
    with suppress(OSError):  # the first submission creates it then
        places.spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    sending = sending_of(sync_settings, settings.database, settings.zone, settings.plan, detects=processes)
    questions, stop_questions = asking.regular_of(settings.database, config_dirs)
    open_database = partial(
        open_tracked,
        settings,
        notifications,
        config_dirs,
        roots,
        lock,
        take_sample,
        limits,
        environment.user_prices(),
        environment.config_argument(),
        announce,
        first_started,
    )
    return Engine(
        open_database,
        roots,
        is_transcript,
        clock,
        take_sample,
        limits.has_changes,
        sample_seconds,
        write_health=partial(_report_health, settings.database) if reports_health else None,
        inbox=places.spool,
        registries=registries_of(roots),
        note_record=take_sample.note_record if take_sample is not None else lambda path: None,
        jobs=[
            (HistoryCheck(settings.database).check, CHECK_SECONDS),
            (IntegrityCheck(settings.database, clock).look, LOOK_SECONDS),
            *sending.jobs,
            *questions,
        ],
        stop_jobs=stop_questions,
        sending=sending.state,
        steady=clock if has_own_time() else steady_ms,
        end_process=partial(os._exit, DatabaseError.exit_code if reports_health else 1),  # the master starts it again
    )


def _report_health(database: Path, health: Health) -> None:
    write_health(database, ReportedHealth(clock(), health))


def build_app(
    settings: TrackerSettings,
    health: Callable[[], Health],
    allowed_hosts: Sequence[str],
    token: str | None,
    nudge: Callable[[], bool],
    examine: Callable[[], Mapping[str, Any]] = examine_nothing,
    folders: Callable[[], Mapping[str, Any]] = look_nowhere,
    *,
    shows_texts: bool = False,
) -> App:
    """The web application of one tracker. All its outputs use the same snapshots.

    `examine`: the checks of the installation, `folders`: where transcripts are looked for, as JSON.
    `shows_texts`: whether the API may show texts of prompts and answers.
    `health`: of the process that ingests. `nudge`: notifies that process of a submission; returns whether it runs.
    """
    reader, live_reader = Reader(settings.database), Reader(settings.database)

    def take_now() -> Current | None:
        return take_current(reader, clock(), settings.zone, health(), settings.plan)

    def take_json() -> dict[str, Any] | None:
        snapshot = take(live_reader, clock(), settings.zone, health(), settings.plan)
        return None if snapshot is None or snapshot.health.first_read_at is None else to_json(snapshot)

    def submit(content: bytes, *, may_wait: bool) -> bool:
        if not may_wait:
            if not nudge():
                return False
            content = alertmanager.wrap_payload(content)
        spool.write_spool_file(spool_folder(str(settings.database)), content, "update" if may_wait else "alert")
        return nudge()

    exposition = Exposition(__version__, source_revision(), settings.thresholds)
    api_context = ApiContext(
        Reader(settings.database), clock, settings.zone, settings.plan, health, one_at_a_time(), shows_texts, examine,
        folders, Reader(early_path(settings.database)),
    )  # fmt: skip
    return create_app(
        take_now, exposition.expose, allowed_hosts, api_context, LiveChannel(live_reader, take_json), submit, token
    )
