"""The snapshot: everything at one point in time."""

from __future__ import annotations

from exporter.web.shapes.blocks import RunningBlock
from exporter.web.shapes.health import Health, Sync
from exporter.web.shapes.limits import AccountInfo, Hit, Limit
from exporter.web.shapes.sessions import Session
from exporter.web.shapes.shape import Shape
from exporter.web.shapes.usage import Month, Today, Totals, Week


class Account(AccountInfo, frozen=True, kw_only=True):
    """An account in use, with its running block, windows and lockouts."""

    block: RunningBlock | None
    limits: list[Limit]
    lockouts: list[Hit]


class Snapshot(Shape, frozen=True, kw_only=True):
    """Everything at one point in time. `block`, `week`, `limits` and `lockouts`: of the account that answered last."""

    as_of: str
    sequence: int
    block: RunningBlock | None
    today: Today
    totals: Totals
    week: Week
    month: Month
    limits: list[Limit]
    lockouts: list[Hit]
    accounts: list[Account]
    session_effectiveness_ratio: float | None
    sessions: list[Session] | None
    sync: list[Sync]
    health: Health
