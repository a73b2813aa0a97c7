"""What is usual in a day, a week and a month."""

from __future__ import annotations

from exporter.web.shapes.shape import Shape


class PastPeriod(Shape, frozen=True, kw_only=True):
    """A day, week or month that is over."""

    start: str
    end: str
    cost_usd: float


class UsualPeriod(Shape, frozen=True, kw_only=True):
    """The periods before the current one, oldest first. What is usual is the median of those with usage: of all of it,
    and up to the same time in it, to the hour; null of fewer than three.
    """

    items: list[PastPeriod]
    usual_cost_usd: float | None
    usual_by_now_usd: float | None


class Usual(Shape, frozen=True, kw_only=True):
    """Days and months of all accounts, weeks of the one that answered last."""

    day: UsualPeriod
    week: UsualPeriod
    month: UsualPeriod
    cost_basis: str
