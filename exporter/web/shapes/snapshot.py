"""The snapshot: everything at one point in time."""

from __future__ import annotations

from typing import Literal

from exporter.web.shapes.blocks import RunningBlock
from exporter.web.shapes.cache import Cache
from exporter.web.shapes.health import Health, Store, Sync
from exporter.web.shapes.limits import AccountInfo, Budget, Hit, Limit, Verdict
from exporter.web.shapes.sessions import Session
from exporter.web.shapes.shape import Shape
from exporter.web.shapes.unwritten import Unwritten
from exporter.web.shapes.usage import Month, Today, Totals, Week


class Notice(Shape, frozen=True, kw_only=True):
    """A notification that was sent and still holds. `topic`: a newer one of the same topic replaces it."""

    kind: str
    subject: str
    topic: str
    severity: Literal["info", "warning", "critical"]
    title: str
    text: str
    at: str


class Account(AccountInfo, frozen=True, kw_only=True):
    """An account in use, with its running block, windows and lockouts."""

    block: RunningBlock | None
    limits: list[Limit]
    lockouts: list[Hit]


class FirstRead(Shape, frozen=True, kw_only=True):
    """How far the first read is. Only what was used since `since` is known, and counted, so far.

    `ratio`: 0 to 1; `seconds_left`: about, null before anything was read.
    """

    since: str
    done_bytes: int
    total_bytes: int
    ratio: float
    seconds_left: float | None


class Snapshot(Shape, frozen=True, kw_only=True):
    """Everything at one point in time. `block`, `week`, `limits`, `lockouts` and `verdict`: of the account that
    answered last. `reading`: null after the first read; until then what needs the history is null."""

    as_of: str
    sequence: int
    reading: FirstRead | None
    block: RunningBlock | None
    today: Today
    totals: Totals | None
    cache: Cache | None
    unwritten: Unwritten | None
    week: Week | None
    month: Month | None
    limits: list[Limit]
    lockouts: list[Hit]
    verdict: Verdict
    accounts: list[Account]
    warnings: list[Notice]
    budgets: list[Budget]
    session_effectiveness_ratio: float | None
    sessions: list[Session] | None
    sync: list[Sync]
    store: Store | None
    health: Health
