"""Typical usage by hour of the week."""

from __future__ import annotations

from exporter.web.shapes.shape import Shape


class PlanHour(Shape, frozen=True, kw_only=True):
    """An hour of the week. Null means unknown."""

    weekday: str
    hour: int
    tokens: int
    active_minutes: float
    observed_hours: float
    limit_hits: int


class PlanTotals(Shape, frozen=True, kw_only=True):
    """Totals of the period."""

    tokens: int
    active_minutes: float
    limit_hits: int
    block_starts: int


class PlanBlock(Shape, frozen=True, kw_only=True):
    """The running block."""

    start: str
    end: str
    basis: str


class PlanCover(Shape, frozen=True, kw_only=True):
    """Typical usage during a block that starts now."""

    start: str
    end: str
    typical_tokens: float | None
    typical_active_minutes: float | None
    share_of_week_ratio: float | None


class Plan(Shape, frozen=True, kw_only=True):
    """Typical usage by hour of the week."""

    start: str
    end: str
    items: list[PlanHour]
    totals: PlanTotals
    block_starts_by_hour: list[int]
    running_block: PlanBlock | None
    block_started_now: PlanCover
    timezone: str
