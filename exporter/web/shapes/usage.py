"""Usage, by model, project, day, week and month."""

from __future__ import annotations

from typing import Literal

import msgspec

from exporter.web.shapes.shape import Shape


class TokenCounts(Shape, frozen=True, kw_only=True):
    """Tokens by type."""

    input: int
    output: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int


class Use(Shape, frozen=True, kw_only=True):
    """Usage. Costs are estimates by list price."""

    tokens: TokenCounts
    total_tokens: int
    responses: int
    cost_usd: float
    cost_basis: str
    unpriced_tokens: int


class ModelUse(Use, frozen=True, kw_only=True):
    """Usage of one model. `provider`: null for Anthropic, and if it is not known."""

    model: str
    provider: str | None


class UnpricedModel(Shape, frozen=True, kw_only=True):
    """Tokens of one model that have no price. `speed`: null for the ordinary one."""

    model: str
    speed: str | None
    tokens: int


class ProjectUse(Shape, frozen=True, kw_only=True):
    """Usage of one project."""

    project: str
    total_tokens: int
    cost_usd: float
    cost_basis: str


class FamilyUse(Shape, frozen=True, kw_only=True):
    """Usage of one model family in the week."""

    family: str
    total_tokens: int
    cost_usd: float
    cost_share: float | None
    projected_cost_usd: float | None


class Turns(Shape, frozen=True, kw_only=True):
    """Turns of the day, with their averages."""

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


class Totals(Use, frozen=True, kw_only=True):
    """Usage of all time."""

    incomplete_responses: int
    prompts: int
    api_errors: dict[str, int]
    tool_calls: dict[str, int]
    blocks_completed: int
    skipped_lines: dict[str, int]
    models: list[ModelUse]
    unpriced_models: list[UnpricedModel]
    projects: list[ProjectUse]


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


class Counts(TokenCounts, frozen=True, kw_only=True):
    """Tokens by type, and their sum."""

    total: int


class Amount(Shape, frozen=True, kw_only=True):
    """Usage."""

    tokens: Counts
    cost_usd: float
    cost_basis: str
    unpriced_tokens: int
    responses: int
    incomplete_responses: int


class ModelAmount(Amount, frozen=True, kw_only=True):
    """Usage of one model."""

    model: str


class UsagePart(Amount, frozen=True, kw_only=True, omit_defaults=True):
    """What an item consists of: see `UsageItem`."""

    models: list[ModelAmount] = msgspec.field(default_factory=list)
    project: str | None = None
    model: str | None = None
    session: str | None = None
    chain: str | None = None
    skill: str | None = None
    agent: str | None = None
    plugin: str | None = None
    mcp: str | None = None
    effort: str | None = None
    known: bool = True
    provider: str | None = None


class UsageItem(Amount, frozen=True, kw_only=True):
    """Usage of an hour, day, month, project, model, session or chain, or under a skill, agent, plugin, server, effort.

    Only the requested field is there; null for what ran under none, or, with `known` false, for what an earlier version
    read without looking. `provider`: of a model; null for Anthropic, and if it is not known. A session has its project.
    `breakdown`: by what was requested, the most tokens first.
    """

    models: list[ModelAmount] = msgspec.field(default_factory=list)
    date: str | None = None
    hour: str | None = None
    month: str | None = None
    project: str | None = None
    model: str | None = None
    session: str | None = None
    chain: str | None = None
    skill: str | None = None
    agent: str | None = None
    plugin: str | None = None
    mcp: str | None = None
    effort: str | None = None
    known: bool = True
    provider: str | None = None
    breakdown: list[UsagePart] | None = None


class ImportedModel(Shape, frozen=True, kw_only=True):
    """Tokens of one model, of all types together."""

    model: str
    total_tokens: int


class ImportedDay(Shape, frozen=True, kw_only=True):
    """A day from Claude Code's own statistics, or an earlier tracker's. Its cost is not known."""

    date: str
    total_tokens: int
    cost_usd: None
    models: list[ImportedModel]


class Imported(Shape, frozen=True, kw_only=True):
    """Days before the first transcript: not exact, and in no total but this one."""

    items: list[ImportedDay]
    total_tokens: int


class Usage(Shape, frozen=True, kw_only=True):
    """Usage by the requested key, and in total. `unknown_until`: null without any item that is not `known`."""

    items: list[UsageItem]
    totals: Amount
    timezone: str
    unknown_until: str | None = None
    imported: Imported | None = None
    """Only by day"""
