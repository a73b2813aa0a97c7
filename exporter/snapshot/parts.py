"""The values that a snapshot consists of. Times in ms, costs in nano-dollars, unless a field says otherwise."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from exporter.domain.blocks.figures import BlockFigures
from exporter.domain.calendar.day import Day
from exporter.domain.fleet.state import StoreHealth
from exporter.domain.health import Health
from exporter.domain.limits.budget import BudgetUse
from exporter.domain.limits.reading import SEVEN_DAY, Credits, SurfaceShare
from exporter.domain.limits.window_cost import WindowCost
from exporter.domain.notifications.facts import WaitingSession
from exporter.domain.notifications.warning import SentNotification
from exporter.domain.periods import (
    FamilyUse,
    Week,
)
from exporter.domain.reading import FirstRead
from exporter.domain.sessions.session import SessionRow
from exporter.domain.sync import SyncState
from exporter.domain.usage import turns
from exporter.domain.usage.client_total import Unwritten
from exporter.domain.usage.tokens import Tokens, add_up
from exporter.domain.usage.totals import ModelUse, Total
from exporter.snapshot.cache_part import CachePart
from exporter.snapshot.limit_parts import HitPart, LimitPart, TokenLimit, VerdictPart
from exporter.store.usage.unpriced import Unpriced


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
    damage: str | None = None
    """What is damaged in the database, as a sentence; None if nothing is known to be."""


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
    store: StoreHealth | None
    """The store of many machines that is sent to."""
    health: HealthPart
    unwritten: Unwritten
    """What no transcript holds, by the client's own totals; part of no other figure."""
    warnings: tuple[SentNotification, ...]
    """The notifications that were sent and still hold, the oldest first; of one window, only the newest."""
    reading: FirstRead | None
    """How far the first read is, while only the newest usage is known (`exporter.snapshot.early`); None after it."""


class Snapshot(Current, frozen=True):
    """Everything, including the current day.

    `providers`: of models by label, where it is another than Anthropic. `unpriced`: what has no price, the most first.
    `cache`: the health of the prompt cache.
    """

    today: TodayPart
    providers: Mapping[str, str] = {}
    unpriced: tuple[Unpriced, ...] = ()
    cache: CachePart = CachePart()
    since: Mapping[str, int] = {}
    """When each running session entered its state (ms), by its id; without those of which it is not known."""
