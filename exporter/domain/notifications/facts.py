"""The facts from which warnings follow."""

from __future__ import annotations

import msgspec

from exporter.domain.forecast.verdict import SaidOf
from exporter.domain.forecast.window import Forecast
from exporter.domain.limits.budget import BudgetUse
from exporter.domain.limits.hit import Hit


class Usage(msgspec.Struct, frozen=True):
    """How much of a window is used, and what is said of it. Times in ms, None if unknown.

    `is_trusted`: official, or an estimate that is good enough to warn by. `sentence`: of the forecast. `suffix`: of the
    subject, for another account than the first; `name`: the account's, if there are several.
    """

    window: str
    share: float
    is_official: bool
    observed_at: int
    resets_at: int | None
    forecast: Forecast
    sentence: str = ""
    is_trusted: bool = True
    suffix: str = ""
    name: str = ""

    @property
    def subject(self) -> str:
        return self.window + self.suffix


class Lockout(msgspec.Struct, frozen=True):
    """A limit that is reached while requests are refused. `suffix`, `name`: as in `Usage`."""

    hit: Hit
    suffix: str = ""
    name: str = ""

    @property
    def subject(self) -> str:
        return self.hit.window + self.suffix


class Freed(msgspec.Struct, frozen=True):
    """A limit that was reached, and whose window reset since, at `at` (ms). `suffix`, `name`: as in `Usage`."""

    window: str
    at: int
    suffix: str = ""
    name: str = ""


class WaitingSession(msgspec.Struct, frozen=True):
    """A session that is waiting for the user. `since`: ms."""

    session_id: str
    project: str | None
    waiting_for: str | None
    since: int


class WarningFacts(msgspec.Struct, frozen=True):
    """The input for warnings. `block_end`: ms, the end of a block with recent use; None if there is none.

    `sees_sessions`: whether the waiting sessions are known.
    """

    now: int
    usages: tuple[Usage, ...]
    block_end: int | None
    lockouts: tuple[Lockout, ...]
    waiting: tuple[WaitingSession, ...]
    budgets: tuple[BudgetUse, ...] = ()
    sees_sessions: bool = True
    freed: tuple[Freed, ...] = ()
    """Of the last hours."""
    said: tuple[SaidOf, ...] = ()
    """What is said of the running windows, for the next look at them."""
