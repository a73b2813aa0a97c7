"""What no transcript holds, by the client's own totals."""

from __future__ import annotations

from exporter.web.shapes.shape import Shape


class UnwrittenTokens(Shape, frozen=True, kw_only=True):
    """Some clients do not say for how long they write to the cache."""

    input: int
    output: int
    cache_read: int
    cache_write: int


class UnwrittenUse(Shape, frozen=True, kw_only=True):
    """Tokens, and the client's own cost less the list price of what is written."""

    tokens: UnwrittenTokens
    total_tokens: int
    cost_usd: float
    cost_basis: str


class UnwrittenModel(UnwrittenUse, frozen=True, kw_only=True):
    """Of one model."""

    model: str


class Unwritten(UnwrittenUse, frozen=True, kw_only=True):
    """Of all sessions that are over and whose client wrote a total. Part of no other figure."""

    models: list[UnwrittenModel]
    sessions_with_total: int
    sessions: int


class ClientTotal(Shape, frozen=True, kw_only=True):
    """The client's own total of a session, and what the session's transcript holds since the client started.

    `transcript_cost_usd`: null if some of it has no price. `unwritten`: without what a session before it lacks.
    """

    reported_cost_usd: float
    transcript_cost_usd: float | None
    unwritten: list[UnwrittenModel]
