"""The parts of the snapshot, and how it is taken from one commit of the store."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from datetime import tzinfo
from pathlib import Path

import msgspec
from msgspec.structs import replace

from exporter.domain.calendar.day import day_of
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.notifications.facts import WaitingSession
from exporter.domain.notifications.limit_notices import renewed
from exporter.domain.usage.tokens import add_up
from exporter.errors import DatabaseError
from exporter.snapshot import periods
from exporter.snapshot.accounts import accounts_at
from exporter.snapshot.early import without_history
from exporter.snapshot.limits.budgets import budgets_at
from exporter.snapshot.notifications.facts import warning_facts
from exporter.snapshot.parts import Current, HealthPart, Snapshot, TodayPart
from exporter.snapshot.usage.cache_history import cache_part
from exporter.snapshot.usage.spent import StoredUsage
from exporter.store import store_states, sync_states
from exporter.store.database import damage_mark as mark
from exporter.store.database import meta, size
from exporter.store.notifications import warnings
from exporter.store.reader import Reader, View
from exporter.store.sessions import runs, session_rows
from exporter.store.sessions.sessions import effectiveness_since
from exporter.store.transcripts import files as known_files
from exporter.store.usage import client_totals, totals, unpriced
from exporter.store.usage.labels import Labels, providers
from exporter.store.usage.projects import hidden_labels

NO_PLAN = PlanSettings()
"""Nothing configured."""


def take(
    reader: Reader, now: int, zone: tzinfo | None = None, running: Health | None = None, plan: PlanSettings = NO_PLAN
) -> Snapshot | None:
    """The snapshot at `now`; None while there is no database. `zone`: of days and months, None for the machine's own.

    Raises DatabaseError.
    """
    with reader.view() as connection:
        if connection is None:
            return None
        labels = Labels(connection, read_only=True)
        current = _current(connection, reader, now, running or Health(), plan, zone)
        today = _today(connection, labels, reader, now, zone)
        has_gaps = any(total.family == "unpriced_tokens" and total.exact for total in current.totals)
        gaps = tuple(unpriced.unpriced(connection)) if has_gaps else ()
        cache = cache_part(connection, labels, reader.past, today.day, add_up(use.tokens for use in today.models))
        return Snapshot(
            **msgspec.structs.asdict(current),
            today=today,
            providers=providers(connection),
            unpriced=gaps,
            cache=cache,
            since=_since(connection) if current.sessions else {},
        )


def take_shown(
    reader: Reader,
    early: Reader,
    now: int,
    zone: tzinfo | None = None,
    running: Health | None = None,
    plan: PlanSettings = NO_PLAN,
) -> Snapshot | None:
    """The snapshot at `now`; while the first read goes on, of the newest usage, as soon as that is certain; else None.

    `early`: of the early database (`exporter.store.early`). Raises DatabaseError.
    """
    for one in (reader, early, reader):  # the early one is gone once the other is there
        with suppress(DatabaseError) if one is early else nullcontext():
            found = take(one, now, zone, running, plan)
            if found is not None and (found.health.first_read_at is not None or found.reading is not None):
                return found
    return None


def take_current(
    reader: Reader, now: int, zone: tzinfo | None = None, running: Health | None = None, plan: PlanSettings = NO_PLAN
) -> Current | None:
    """The same without the current day, for requests every few seconds. Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None:
            return None
        return _current(connection, reader, now, running or Health(), plan, zone)


def _current(
    connection: View, reader: Reader, now: int, running: Health, plan: PlanSettings, zone: tzinfo | None
) -> Current:
    found = accounts_at(connection, reader.past, now, plan, zone)
    current = found[0]
    used = StoredUsage(connection, reader.past, current.id)
    taken = Current(
        as_of=now,
        sequence=meta.sequence(connection),
        block=current.block,
        totals=tuple(totals.load(connection)),
        hidden=hidden_labels(connection, now),
        sessions=tuple(session_rows.active(connection)) if running.detects else None,
        waiting=_waiting(connection) if running.detects else (),
        limits=current.limits,
        lockouts=current.lockouts,
        week=periods.week(used, current.limits, now, plan, zone),
        month=periods.month(StoredUsage(connection, reader.past), now, zone),
        effectiveness=effectiveness_since(connection, now - 7 * DAY),
        accounts=found,
        warnings=tuple(warnings.valid(connection, now)),
        budgets=budgets_at(connection, reader, now, plan, zone),
        syncs=running.sending.syncs or sync_states.load_recent(connection, now),
        store=running.sending.store or store_states.load_recent(connection, now),
        health=_health(connection, reader.path, running),
        unwritten=client_totals.load(connection),
        reading=meta.reading(connection),
    )
    return _with_words_of_now(taken, zone) if taken.reading is None else without_history(taken, zone)


def _with_words_of_now(taken: Current, zone: tzinfo | None) -> Current:
    """The notifications that hold say the same as everything else of this snapshot."""
    if not taken.warnings:
        return taken
    facts = warning_facts(taken, zone)
    renamed = (replace(one, notification=renewed(one.notification, facts, zone)) for one in taken.warnings)
    return replace(taken, warnings=tuple(renamed))


def _waiting(connection: View) -> tuple[WaitingSession, ...]:
    return tuple(
        WaitingSession(run.session_id, run.cwd, run.waiting_for, run.state_since)
        for run in runs.running(connection)
        if run.state == "waiting" and run.state_since is not None
    )


def _since(connection: View) -> dict[str, int]:
    return {run.session_id: run.state_since for run in runs.running(connection) if run.state_since is not None}


def _today(connection: View, labels: Labels, reader: Reader, now: int, zone: tzinfo | None) -> TodayPart:
    day = day_of(now, zone)
    turns = reader.turns.count(connection, day, now)
    return TodayPart(
        day=day,
        timezone=str(zone) if zone is not None else "local",
        models=tuple(reader.past.uses_between(connection, labels, day.start, day.end)),
        prompts=turns.prompts,
        tool_calls=turns.tool_calls,
        turns=turns.figures(),
    )


def _health(connection: View, path: Path, running: Health) -> HealthPart:
    return HealthPart(
        running=running,
        committed_at=meta.committed_at(connection),
        first_read_at=meta.first_read_at(connection),
        files=known_files.count(connection),
        database_bytes=size.database_bytes(path),
        tracker=meta.tracker_id(connection),
        damage=mark.read(path),
    )
