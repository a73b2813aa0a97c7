"""The snapshot's parts, and taking it from one commit of the store."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import msgspec

from exporter.domain import turn
from exporter.domain.block import BURN_MS, BlockFigures, active_block, figures
from exporter.domain.day import Day, day_of
from exporter.domain.health import Health
from exporter.domain.limit import freshest, reset_of
from exporter.domain.session import SessionRow
from exporter.domain.tokens import Tokens, add_up
from exporter.domain.totals import ModelUse, Total, by_model
from exporter.store import blocks, meta, readings, responses, session_rows, totals
from exporter.store import figures as stored
from exporter.store import files as known_files
from exporter.store.labels import Labels
from exporter.store.reader import Reader, View


class BlockPart(msgspec.Struct, frozen=True):
    """The running five-hour block. Times in ms."""

    start: int
    end: int
    basis: str
    figures: BlockFigures
    models: tuple[ModelUse, ...]
    sessions: int

    @property
    def tokens(self) -> Tokens:
        return add_up(use.tokens for use in self.models)


class TodayPart(msgspec.Struct, frozen=True):
    """The current day of a time zone."""

    day: Day
    timezone: str
    models: tuple[ModelUse, ...]
    prompts: int
    tool_calls: int
    turns: turn.TurnFigures


class LimitPart(msgspec.Struct, frozen=True):
    """How much of an official window is used, by the freshest valid reading. `resets_at`: ms, None if unknown."""

    window: str
    utilization: float
    source: str
    observed_at: int
    resets_at: int | None


class HealthPart(msgspec.Struct, frozen=True):
    """How the tracker is: what runs in this process, and what the store tells of it."""

    running: Health
    committed_at: int | None
    first_read_at: int | None
    files: int
    database_bytes: int


class Current(msgspec.Struct, frozen=True):
    """The part that costs the same whatever was used so far: kept figures and the running block.

    `as_of`: the instant, ms. `sequence`: the commit it was taken from.
    """

    as_of: int
    sequence: int
    block: BlockPart | None
    totals: tuple[Total, ...]
    sessions: tuple[SessionRow, ...] | None
    """Those that run, the youngest first; None where nobody looks."""
    limits: tuple[LimitPart, ...]
    """By window; one without a valid reading is absent."""
    health: HealthPart


class Snapshot(Current, frozen=True):
    """Everything, the current day too, which is read from its responses."""

    today: TodayPart


def take(reader: Reader, now: int, zone: tzinfo | None = None, running: Health | None = None) -> Snapshot | None:
    """The snapshot at `now`; None while there is no database. `zone`: of `today`, None for the machine's own.

    Raises DatabaseError.
    """
    with reader.view() as connection:
        if connection is None:
            return None
        current = _current(connection, reader.path, now, running or Health())
        today = _today(connection, Labels(connection, read_only=True), now, zone)
        return Snapshot(**msgspec.structs.asdict(current), today=today)


def take_current(reader: Reader, now: int, running: Health | None = None) -> Current | None:
    """The same without the current day, for a face that is asked every few seconds. Raises DatabaseError."""
    with reader.view() as connection:
        return None if connection is None else _current(connection, reader.path, now, running or Health())


def _current(connection: View, path: Path, now: int, running: Health) -> Current:
    return Current(
        as_of=now,
        sequence=meta.sequence(connection),
        block=_block(connection, now),
        totals=tuple(totals.load(connection)),
        sessions=tuple(session_rows.active(connection)) if running.detects else None,
        limits=current_limits(connection, now),
        health=_health(connection, path, running),
    )


def current_limits(connection: View, now: int) -> tuple[LimitPart, ...]:
    """By window; one without a valid reading is absent."""
    last = readings.last_of_each(connection)
    found = freshest(last, now)
    return tuple(
        LimitPart(window, one.utilization, one.source, one.observed_at, reset_of(window, last, now))
        for window, one in sorted(found.items())
    )


def _block(connection: View, now: int) -> BlockPart | None:
    block = active_block(blocks.begun_before(connection, now), readings.windows(connection, now), now)
    if block is None:
        return None
    models = tuple(blocks.model_uses(connection, block))
    recent, times = blocks.uses_since(connection, block, now - BURN_MS), blocks.times(connection, block)
    numbers = figures(
        block, sum(use.tokens.total for use in models), sum(use.cost for use in models), recent, times, now
    )
    return BlockPart(block.start, block.end, block.basis, numbers, models, blocks.sessions(connection, block))


def _today(connection: View, labels: Labels, now: int, zone: tzinfo | None) -> TodayPart:
    day = day_of(now, zone)
    span = (day.start, day.end)
    prompts = stored.moments(connection, "prompts", *span)
    tools = stored.moments(connection, "tool_calls", *span)
    answered = stored.moments(connection, "responses", *span)
    return TodayPart(
        day=day,
        timezone=str(zone) if zone is not None else "local",
        models=tuple(by_model(responses.usage_between(connection, labels, *span))),
        prompts=len(prompts),
        tool_calls=len(tools),
        turns=turn.figures(turn.turns(prompts, answered, tools)),
    )


def _health(connection: View, path: Path, running: Health) -> HealthPart:
    return HealthPart(
        running=running,
        committed_at=meta.committed_at(connection),
        first_read_at=meta.first_read_at(connection),
        files=known_files.count(connection),
        database_bytes=stored.database_bytes(path),
    )
