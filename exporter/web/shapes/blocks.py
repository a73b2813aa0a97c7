"""5-hour blocks."""

from __future__ import annotations

from typing import Literal

from exporter.web.shapes.limits import TokenLimit
from exporter.web.shapes.shape import Shape
from exporter.web.shapes.usage import ModelUse, Use


class RunningBlock(Use, frozen=True, kw_only=True):
    """The running 5-hour block."""

    start: str
    end: str
    basis: Literal["official", "estimated"]
    elapsed_seconds: float
    remaining_seconds: float
    completion_ratio: float
    sessions: int
    token_limit: TokenLimit | None
    burn_tokens_per_minute: float
    projected_tokens: int
    projected_cost_usd: float
    efficiency_score: float
    cache_hit_ratio: float | None
    models: list[ModelUse]


class Block(Shape, frozen=True, kw_only=True):
    """A row of `five_hour_blocks`, with its account, basis and cost."""

    id: str
    start_time: str
    end_time: str
    session_type: str
    total_sessions: int
    total_tokens: int
    efficiency_score: float
    is_complete: bool
    account: str
    basis: Literal["official", "estimated"]
    cost_usd: float
    cost_basis: str


class Blocks(Shape, frozen=True, kw_only=True):
    """5-hour blocks, most recent first. Pass `next` as `before` to get more."""

    items: list[Block]
    next: str | None
