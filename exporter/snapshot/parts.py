"""The values that a snapshot consists of. Times in ms, costs in nano-dollars, unless a field says otherwise."""

from __future__ import annotations

from typing import Literal

import msgspec

from exporter.domain.blocks.figures import BlockFigures
from exporter.domain.calendar.day import Day
from exporter.domain.health import Health
from exporter.domain.limits.calibration import Calibration
from exporter.domain.limits.hit import Hit
from exporter.domain.notifications.warning import WaitingSession
from exporter.domain.periods import (
    FamilyUse,
    Week,
)
from exporter.domain.sessions.session import SessionRow
from exporter.domain.sync import SyncState
from exporter.domain.usage import turns
from exporter.domain.usage.tokens import Tokens, add_up
from exporter.domain.usage.totals import ModelUse, Total


class LimitPart(msgspec.Struct, frozen=True):
    """How much of a window is used. Times in ms, None if unknown.

    `basis`: `official` from the latest valid reading; `estimated` if there is none, but the window's size is estimated.
    `size`: that estimate. `full_in_s`: seconds until the limit is reached at the current pace, according to the size.
    """

    window: str
    label: str
    utilization: float
    basis: Literal["official", "estimated"]
    source: str
    observed_at: int
    resets_at: int | None
    size: Calibration | None = None
    full_in_s: float | None = None

    def is_full_before_reset(self, now: int) -> bool | None:
        """Whether the limit is reached before its reset at this pace; None if either is unknown."""
        if self.resets_at is None or self.size is None:
            return None
        return self.full_in_s is not None and now + self.full_in_s * 1000 < self.resets_at


class TokenLimit(msgspec.Struct, frozen=True):
    """The token limit of the running block.

    `basis`: `custom` counts tokens of all types, `official_calibrated` cost-weighted ones. `full_in_s`: seconds until
    the limit is reached at the current pace, None if idle.
    """

    tokens: int
    basis: Literal["custom", "official_calibrated"]
    used: int
    full_in_s: float | None
    calibration: Calibration | None = None


class WeekPart(msgspec.Struct, frozen=True):
    """The current week, by model family."""

    span: Week
    families: tuple[FamilyUse, ...]


class MonthPart(msgspec.Struct, frozen=True):
    """The calendar month, `[start, end)` in ms. Costs in nano-dollars; projected at the pace of the last seven days."""

    start: int
    end: int
    cost: int
    projected_cost: int
    unpriced: int = 0
    """Tokens without a price, not part of any cost."""


class BlockPart(msgspec.Struct, frozen=True):
    """The running 5-hour block. Times in ms."""

    start: int
    end: int
    basis: str
    figures: BlockFigures
    models: tuple[ModelUse, ...]
    sessions: int
    limit: TokenLimit | None

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
    turns: turns.TurnFigures


class HealthPart(msgspec.Struct, frozen=True):
    """Health of the tracker, from the running process and the store."""

    running: Health
    committed_at: int | None
    first_read_at: int | None
    files: int
    database_bytes: int


class Figures(msgspec.Struct, frozen=True):
    """Figures that the store has for every time, including past ones. `as_of`: the time, ms."""

    as_of: int
    block: BlockPart | None
    totals: tuple[Total, ...]
    sessions: tuple[SessionRow, ...] | None
    """The running sessions, most recent first; None without detection."""
    limits: tuple[LimitPart, ...]
    """By window, without unknown ones."""
    week: WeekPart
    month: MonthPart
    effectiveness: float | None
    """Of the sessions of the last seven days, 0 to 1."""


class Current(Figures, frozen=True):
    """The part that is cheap however much was used: stored totals and the running block.

    `sequence`: the commit it was taken from.
    """

    sequence: int
    waiting: tuple[WaitingSession, ...]
    """The sessions that wait for the user; empty without detection."""
    lockouts: tuple[Hit, ...]
    """The limits that are reached and have not reset yet."""
    syncs: tuple[SyncState, ...]
    """The sync states by target."""
    health: HealthPart


class Snapshot(Current, frozen=True):
    """Everything, including the current day, which is computed from its responses."""

    today: TodayPart
