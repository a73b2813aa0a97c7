"""The shapes that the API answers with. The OpenAPI document is made of them, and every answer is held to them."""

from __future__ import annotations

from typing import Any, Literal

from exporter.web.health_types import Health, Shape, Sync


class TokenCounts(Shape, frozen=True, kw_only=True):
    """Tokens by type."""

    input: int
    output: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int


class Use(Shape, frozen=True, kw_only=True):
    """What was used. Costs are estimates by list price."""

    tokens: TokenCounts
    total_tokens: int
    responses: int
    cost_usd: float
    cost_basis: str
    unpriced_tokens: int


class ModelUse(Use, frozen=True, kw_only=True):
    """What one model used."""

    model: str


class Size(Shape, frozen=True, kw_only=True):
    """A window's size, as estimated: the weighted median and quartiles, in cost-weighted tokens."""

    weighted_tokens: int
    lower_quartile: int
    upper_quartile: int
    observations: int


class TokenLimit(Shape, frozen=True, kw_only=True):
    """How many tokens the running block holds: of all types where custom, cost-weighted where estimated."""

    tokens: int
    used: int
    basis: Literal["custom", "official_calibrated"]
    estimated_size: Size | None
    full_in_seconds: float | None
    full_before_end: bool


class RunningBlock(Use, frozen=True, kw_only=True):
    """The running five-hour block."""

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


class Turns(Shape, frozen=True, kw_only=True):
    """Turns of the day, with their means."""

    count: int
    responses_per_turn: float | None
    tools_per_turn: float | None
    seconds_per_turn: float | None


class Today(Use, frozen=True, kw_only=True):
    """The current day of a time zone."""

    date: str
    timezone: str
    start: str
    prompts: int
    tool_calls: int
    turns: Turns
    models: list[ModelUse]


class ProjectUse(Shape, frozen=True, kw_only=True):
    """What one project used."""

    project: str
    total_tokens: int
    cost_usd: float
    cost_basis: str


class Totals(Use, frozen=True, kw_only=True):
    """All time."""

    incomplete_responses: int
    prompts: int
    api_errors: dict[str, int]
    tool_calls: dict[str, int]
    blocks_completed: int
    skipped_lines: dict[str, int]
    models: list[ModelUse]
    projects: list[ProjectUse]


class Limit(Shape, frozen=True, kw_only=True):
    """How much of a window is used, officially or by estimate."""

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
    """The same with what its block and its week had used by then."""

    block_tokens: int
    block_cost_usd: float
    week_tokens: int
    week_cost_usd: float
    cost_basis: str


class FamilyUse(Shape, frozen=True, kw_only=True):
    """What one family of models used in the week."""

    family: str
    total_tokens: int
    cost_usd: float
    cost_share: float | None
    projected_cost_usd: float | None


class Week(Shape, frozen=True, kw_only=True):
    """The current week."""

    start: str
    end: str
    basis: Literal["official", "configured", "trailing"]
    total_tokens: int
    cost_usd: float
    cost_basis: str
    projected_cost_usd: float | None
    families: list[FamilyUse]


class Month(Shape, frozen=True, kw_only=True):
    """The calendar month."""

    start: str
    end: str
    cost_usd: float
    cost_basis: str
    projected_cost_usd: float


class Session(Shape, frozen=True, kw_only=True):
    """A row of `real_sessions`."""

    id: str
    session_type: str | None
    start_time: str | None
    end_time: str | None
    process_id: int | None
    project_path: str | None
    conversation_id: str | None
    total_messages: int
    models_used: list[Any]
    estimated_tokens: int
    is_active: bool
    metadata: dict[str, Any]
    five_hour_block_id: str | None


class Snapshot(Shape, frozen=True, kw_only=True):
    """Everything at one instant."""

    as_of: str
    sequence: int
    block: RunningBlock | None
    today: Today
    totals: Totals
    week: Week
    month: Month
    limits: list[Limit]
    lockouts: list[Hit]
    session_effectiveness_ratio: float | None
    sessions: list[Session] | None
    sync: list[Sync]
    health: Health
