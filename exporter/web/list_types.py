"""The shapes of lists and of what is taken in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from exporter.web.health_types import Shape
from exporter.web.types import Hit, Limit, Month, PastHit, Session, TokenCounts, TokenLimit, Week


class Sessions(Shape, frozen=True, kw_only=True):
    """Sessions, the last begun first. `next`: what to give as `before` for more."""

    items: list[Session]
    next: str | None


class Block(Shape, frozen=True, kw_only=True):
    """A row of `five_hour_blocks`, with its basis and cost."""

    id: str
    start_time: str
    end_time: str
    session_type: str
    total_sessions: int
    total_tokens: int
    efficiency_score: float
    is_complete: bool
    basis: Literal["official", "estimated"]
    cost_usd: float
    cost_basis: str


class Blocks(Shape, frozen=True, kw_only=True):
    """Five-hour blocks, the last first."""

    items: list[Block]
    next: str | None


class Reading(Shape, frozen=True, kw_only=True):
    """An official reading."""

    window: str
    utilization_ratio: float
    source: str
    observed_at: str
    last_observed_at: str
    resets_at: str | None
    organization: str | None
    used: bool


class Limits(Shape, frozen=True, kw_only=True):
    """What is left."""

    as_of: str
    items: list[Limit]
    lockouts: list[Hit]
    block_token_limit: TokenLimit | None
    week: Week
    month: Month


class LimitsHistory(Shape, frozen=True, kw_only=True):
    """Every hit, the last first, and the readings since, the oldest first."""

    hits: list[PastHit]
    history: list[Reading]


class Counts(TokenCounts, frozen=True, kw_only=True):
    """Tokens by type, and in all."""

    total: int


class Amount(Shape, frozen=True, kw_only=True):
    """What was used."""

    tokens: Counts
    cost_usd: float
    cost_basis: str
    unpriced_tokens: int
    responses: int
    incomplete_responses: int


class ModelAmount(Amount, frozen=True, kw_only=True):
    """What one model used."""

    model: str


class UsageItem(Amount, frozen=True, kw_only=True):
    """What was used in an hour or a day, or by a project or a model: one of these is there."""

    models: list[ModelAmount] = msgspec.field(default_factory=list)
    date: str | None = None
    hour: str | None = None
    project: str | None = None
    model: str | None = None


class Usage(Shape, frozen=True, kw_only=True):
    """What was used, by the names asked for, and in all."""

    items: list[UsageItem]
    totals: Amount
    timezone: str


class PlanHour(Shape, frozen=True, kw_only=True):
    """An hour of the week; null is unknown."""

    weekday: str
    hour: int
    tokens: int
    active_minutes: float
    observed_hours: float
    limit_hits: int


class PlanTotals(Shape, frozen=True, kw_only=True):
    """Of the span."""

    tokens: int
    active_minutes: float
    limit_hits: int
    block_starts: int


class PlanBlock(Shape, frozen=True, kw_only=True):
    """A block that runs."""

    start: str
    end: str
    basis: str


class PlanCover(Shape, frozen=True, kw_only=True):
    """What a block started now would cover of a usual week."""

    start: str
    end: str
    typical_tokens: float | None
    typical_active_minutes: float | None
    share_of_week_ratio: float | None


class Plan(Shape, frozen=True, kw_only=True):
    """When it is used."""

    start: str
    end: str
    items: list[PlanHour]
    totals: PlanTotals
    block_starts_by_hour: list[int]
    running_block: PlanBlock | None
    block_started_now: PlanCover
    timezone: str


class Queued(Shape, frozen=True, kw_only=True):
    """What was taken in. `detector`: whether one runs, which takes it at once."""

    queued: bool
    detector: bool


class Problem(Shape, frozen=True, kw_only=True):
    """RFC 9457."""

    title: str
    status: int
    type: str = "about:blank"
    detail: str | None = None


Payload = dict[str, Any]
"""A hook's or the status line's JSON, as Claude Code gives it."""


class AlertPayload(msgspec.Struct, frozen=True, rename="camel"):
    """An alert."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: Annotated[datetime, msgspec.Meta(tz=True)]
    fingerprint: str


class AlertmanagerPayload(msgspec.Struct, frozen=True):
    """What Alertmanager's webhook posts, as far as it is wanted."""

    alerts: list[AlertPayload]
