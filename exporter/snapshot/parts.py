"""The values that a snapshot consists of. Times in ms, costs in nano-dollars, unless a field says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from exporter.domain.blocks.figures import BlockFigures
from exporter.domain.calendar.day import Day
from exporter.domain.forecast import sentence
from exporter.domain.forecast.verdict import NOTHING_SAID, Memory
from exporter.domain.forecast.window import NOT_KNOWN, Forecast
from exporter.domain.health import Health
from exporter.domain.limits.budget import BudgetUse
from exporter.domain.limits.calibration import Calibration
from exporter.domain.limits.changes import Change
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.raised import Raise
from exporter.domain.limits.reading import SEVEN_DAY, Credits, SurfaceShare
from exporter.domain.limits.window_cost import WindowCost
from exporter.domain.notifications.facts import WaitingSession
from exporter.domain.notifications.warning import SentNotification
from exporter.domain.periods import (
    FamilyUse,
    Week,
)
from exporter.domain.sessions.session import SessionRow
from exporter.domain.sync import SyncState
from exporter.domain.usage import turns
from exporter.domain.usage.tokens import Tokens, add_up
from exporter.domain.usage.totals import ModelUse, Total
from exporter.store.limits.hits import StoredHit
from exporter.store.usage.unpriced import Unpriced


class LimitPart(msgspec.Struct, frozen=True):
    """How much of a window is used, and what is said of it. Times in ms, None if unknown.

    `basis`: `official` from the latest valid reading; `estimated` if there is none, but the window's size is estimated.
    `utilization`: an estimate is at most 1, which means over 100 %. `size`: the estimated size, None where it does not
    agree with the official share. `memory`: what the next look at it starts from.
    """

    window: str
    label: str
    utilization: float
    basis: Literal["official", "estimated"]
    source: str
    observed_at: int
    resets_at: int | None
    size: Calibration | None = None
    binds: bool = True
    """False if the service says that the window does not bind the account."""
    forecast: Forecast = NOT_KNOWN
    memory: Memory = NOTHING_SAID
    elsewhere: float | None = None
    """The part of what is used, 0 to 1, that was used elsewhere; None where it is not clear."""


class VerdictPart(msgspec.Struct, frozen=True):
    """The verdict of an account: what is said of the window that binds, and its one sentence.

    `window`: None while no limit is known. `elsewhere`: a second sentence, where it is clear.
    """

    forecast: Forecast = NOT_KNOWN
    window: str | None = None
    sentence: str = sentence.NOT_KNOWN
    elsewhere: str | None = None


class TokenLimit(msgspec.Struct, frozen=True):
    """The token limit of the running block.

    `basis`: `custom` counts tokens of all types, `official_calibrated` cost-weighted ones.
    """

    tokens: int
    basis: Literal["custom", "official_calibrated"]
    used: int
    calibration: Calibration | None = None


class HitPart(msgspec.Struct, frozen=True):
    """A limit that was reached, and whose: the account's label."""

    stored: StoredHit
    account: str
    label: str = ""
    """The window's, in metrics."""

    @property
    def hit(self) -> Hit:
        return self.stored.hit

    @property
    def locked_ms(self) -> int | None:
        """How long requests are or were refused: a running lockout up to its reset; None if not known."""
        if self.stored.running_since is None:
            return self.stored.locked_ms if self.stored.locked_ms or self.hit.resets_at is not None else None
        if self.hit.resets_at is None:
            return None
        return self.stored.locked_ms + self.hit.resets_at - self.stored.running_since


class RaisePart(msgspec.Struct, frozen=True):
    """A limit that was raised, and whose: the account's label."""

    raised: Raise
    account: str


class ChangePart(msgspec.Struct, frozen=True):
    """A limit whose size changed, and whose: the account's label."""

    change: Change
    window: str
    account: str


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


class AccountPart(msgspec.Struct, frozen=True):
    """An account with its running block and its limits. `label`: in metrics, `other` beyond the cap.

    `name`: the user's, else the label. `plan`, `organization` (a hash): None if not known.
    """

    id: int
    label: str
    name: str
    plan: str | None
    organization: str | None
    block: BlockPart | None
    limits: tuple[LimitPart, ...]
    """By window, without unknown ones."""
    windows: tuple[str, ...] = ()
    """The labels of all windows ever seen of it."""
    lockouts: tuple[HitPart, ...] = ()
    """The limits that are reached, while requests are refused."""
    uses_overage: bool = False
    """Whether work goes on although a limit is reached: by credits, low priority or another model."""
    credits: tuple[Credits, ...] = ()
    surfaces: tuple[SurfaceShare, ...] = ()
    is_current: bool = False
    """Whether its response came last."""
    suffix: str = ""
    """What follows a window's name where it has to differ from that of the first account."""
    verdict: VerdictPart = VerdictPart()
    freed: tuple[tuple[str, int], ...] = ()
    """The windows whose limit was reached and that reset in the last hours, with the reset (ms)."""
    window_cost: WindowCost | None = None
    """What a full 5-hour window costs of the week; None if not known."""

    @property
    def windows_left(self) -> float | None:
        """How many full 5-hour windows the week still has room for; None if its share or their cost is not known."""
        if self.window_cost is None:
            return None
        if any(part.hit.window == SEVEN_DAY for part in self.lockouts):
            return 0.0
        shares = (one.utilization for one in self.limits if one.window == SEVEN_DAY and one.basis == "official")
        share = next(shares, None)
        return self.window_cost.left(share) if share is not None else None


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
    tracker: str = ""
    """The random id of the database."""


class Figures(msgspec.Struct, frozen=True):
    """Figures that the store has for every time, including past ones. `as_of`: the time, ms."""

    as_of: int
    block: BlockPart | None
    totals: tuple[Total, ...]
    sessions: tuple[SessionRow, ...] | None
    """The running sessions, most recent first; None without detection."""
    limits: tuple[LimitPart, ...]
    """By window, without unknown ones; of the account that answered last, like `block` and `week`."""
    week: WeekPart
    month: MonthPart
    effectiveness: float | None
    """Of the sessions of the last seven days, 0 to 1."""
    accounts: tuple[AccountPart, ...]
    """Each account in use; the one that answered last first."""
    hidden: frozenset[tuple[str, ...]]
    """The label values of projects' totals whose place is free: their counters are not exposed."""


class Current(Figures, frozen=True):
    """The part that is cheap however much was used: stored totals and the running block.

    `sequence`: the commit it was taken from.
    """

    sequence: int
    waiting: tuple[WaitingSession, ...]
    """The sessions that wait for the user; empty without detection."""
    lockouts: tuple[HitPart, ...]
    """The limits that are reached, while requests are refused, of the account that answered last."""
    budgets: tuple[BudgetUse, ...]
    """The user's own."""
    syncs: tuple[SyncState, ...]
    """The sync states by target."""
    health: HealthPart
    warnings: tuple[SentNotification, ...]
    """The notifications that were sent and still hold, the oldest first; of one window, only the newest."""


class Snapshot(Current, frozen=True):
    """Everything, including the current day, which is computed from its responses.

    `providers`: of models by label, where it is another than Anthropic. `unpriced`: what has no price, the most first.
    """

    today: TodayPart
    providers: Mapping[str, str] = {}
    unpriced: tuple[Unpriced, ...] = ()
