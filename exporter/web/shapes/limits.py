"""Limits, and their history."""

from __future__ import annotations

from typing import Literal

from exporter.web.shapes.shape import Shape
from exporter.web.shapes.usage import Month, Week


class Size(Shape, frozen=True, kw_only=True):
    """Estimated size of a window in cost-weighted tokens: weighted median and quartiles."""

    weighted_tokens: int
    lower_quartile: int
    upper_quartile: int
    observations: int


class TokenLimit(Shape, frozen=True, kw_only=True):
    """Token limit of the running block: tokens of all types if custom, cost-weighted tokens if estimated."""

    tokens: int
    used: int
    basis: Literal["custom", "official_calibrated"]
    estimated_size: Size | None
    full_in_seconds: float | None
    full_before_end: bool


class Limit(Shape, frozen=True, kw_only=True):
    """How much of a window is used, official or estimated."""

    window: str
    utilization_ratio: float
    basis: Literal["official", "estimated"]
    source: str
    observed_at: str
    resets_at: str | None
    estimated_size: Size | None
    full_in_seconds: float | None
    full_before_reset: bool | None


class Hit(Shape, frozen=True, kw_only=True):
    """A limit that was reached."""

    window: str
    at: str
    resets_at: str | None
    source: str
    locked_out_seconds: float | None


class PastHit(Hit, frozen=True, kw_only=True):
    """A limit that was reached, with the usage of its block and its week until then."""

    block_tokens: int
    block_cost_usd: float
    week_tokens: int
    week_cost_usd: float
    cost_basis: str


class Reading(Shape, frozen=True, kw_only=True):
    """An official reading of a limit."""

    window: str
    utilization_ratio: float
    source: str
    observed_at: str
    last_observed_at: str
    resets_at: str | None
    organization: str | None
    used: bool


class Limits(Shape, frozen=True, kw_only=True):
    """Current usage of the limits."""

    as_of: str
    items: list[Limit]
    lockouts: list[Hit]
    block_token_limit: TokenLimit | None
    week: Week
    month: Month


class LimitsHistory(Shape, frozen=True, kw_only=True):
    """Every limit that was reached, most recent first, and the readings since a day, oldest first."""

    hits: list[PastHit]
    history: list[Reading]
