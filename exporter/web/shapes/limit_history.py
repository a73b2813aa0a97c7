"""The history of limits."""

from __future__ import annotations

from exporter.web.shapes.limits import Hit
from exporter.web.shapes.shape import Shape


class PastHit(Hit, frozen=True, kw_only=True):
    """A limit that was reached, with the usage of its block and its week until then."""

    block_tokens: int
    block_cost_usd: float
    week_tokens: int
    week_cost_usd: float
    cost_basis: str


class Reading(Shape, frozen=True, kw_only=True):
    """An official reading of a limit."""

    account: str
    window: str
    utilization_ratio: float
    source: str
    observed_at: str
    last_observed_at: str
    resets_at: str | None
    used: bool


class Raise(Shape, frozen=True, kw_only=True):
    """A limit that was raised while its window ran: the used share fell."""

    account: str
    window: str
    at: str
    resets_at: str | None
    from_ratio: float
    to_ratio: float
    source: str


class Change(Shape, frozen=True, kw_only=True):
    """A limit whose size changed, in dollars of list price. `at`: the end of the last window before."""

    account: str
    window: str
    at: str
    from_usd: float
    to_usd: float
    cost_basis: str


class PastWindow(Shape, frozen=True, kw_only=True):
    """A window that is over: its last known share, and what was spent here until then. `elsewhere_ratio`: the part of
    what was used that was used elsewhere; null where it is not clear.
    """

    account: str
    window: str
    start: str
    end: str
    utilization_ratio: float
    is_reached: bool
    cost_usd: float
    cost_basis: str
    elsewhere_ratio: float | None


class LimitsHistory(Shape, frozen=True, kw_only=True):
    """Every limit that was reached, raised or changed, most recent first; the windows that are over and the readings
    since a day, oldest first.
    """

    hits: list[PastHit]
    raises: list[Raise]
    changes: list[Change]
    windows: list[PastWindow]
    history: list[Reading]
