"""The cost of the days, weeks and months before the current ones, and what is usual."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta, tzinfo
from itertools import pairwise
from typing import Any

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import Span, date_of, day_of, midnight
from exporter.domain.calendar.timestamp import DAY, HOUR
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.periods import month_at
from exporter.domain.usage.pricing import usd
from exporter.domain.usage.usual import Spent, Usual, usual
from exporter.snapshot.accounts import accounts_at
from exporter.snapshot.periods import week
from exporter.snapshot.usage.spent import StoredUsage
from exporter.snapshot.usage.usage_json import COST_BASIS
from exporter.store.blocks.usage_spans import PastUsage, uses_between
from exporter.store.reader import Reader, View
from exporter.store.usage.labels import Labels

DAYS, WEEKS, MONTHS = 28, 8, 6
"""How many periods say what is usual."""
SHOWN_DAYS, SHOWN_WEEKS, SHOWN_MONTHS = 7, 7, 5


class UsualCosts(msgspec.Struct, frozen=True):
    """By day and month of all accounts, by week of the one that answered last, as in the snapshot."""

    day: Usual
    week: Usual
    month: Usual


def usual_costs(reader: Reader, now: int, zone: tzinfo | None, plan: PlanSettings) -> UsualCosts | None:
    """What is usual at `now` (ms); None while there is no database. Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None:
            return None
        current = accounts_at(connection, reader.past, now, plan, zone)[0]
        account = StoredUsage(connection, reader.past, current.id)
        span = week(account, current.limits, now, plan, zone).span
        today = day_of(now, zone)
        costs = Costs(connection, reader.past)
        return UsualCosts(
            usual(costs.of(days_before(today.start, zone), now - today.start), SHOWN_DAYS),
            usual(costs.of(weeks_before(span.start), now - span.start, current.id), SHOWN_WEEKS),
            usual(costs.of(months_before(now, zone), now - month_at(now, zone)[0]), SHOWN_MONTHS),
        )


def days_before(start: int, zone: tzinfo | None) -> list[Span]:
    """The days before the one that starts at `start`, oldest first."""
    today = date_of(start, zone)
    starts = [midnight(today - timedelta(days=number), zone) for number in range(DAYS, -1, -1)]
    return _spans(starts)


def weeks_before(start: int) -> list[Span]:
    """The same of weeks, each seven days long."""
    return _spans([start - number * 7 * DAY for number in range(WEEKS, -1, -1)])


def months_before(now: int, zone: tzinfo | None) -> list[Span]:
    """The months before the one of `now`, oldest first."""
    starts = [month_at(now, zone)[0]]
    while len(starts) <= MONTHS:
        starts.insert(0, month_at(starts[0] - 1, zone)[0])
    return _spans(starts)


def _spans(starts: Sequence[int]) -> list[Span]:
    return [Span(*pair) for pair in pairwise(starts)]


class Costs:
    """Sums costs of spans. The time of the current period counts in full hours, so that the sums can be kept."""

    def __init__(self, connection: View, past: PastUsage) -> None:
        self._connection = connection
        self._past = past
        self._labels = Labels(connection, read_only=True)

    def of(self, spans: Iterable[Span], elapsed: int, account: int | None = None) -> list[Spent]:
        """The spans from the first one with usage on. `elapsed`: ms of the current one."""
        by_now = elapsed // HOUR * HOUR
        found = []
        for start, end in spans:
            until = min(end, start + by_now)
            found.append(Spent(start, end, self._cost(start, end, account), self._cost(start, until, account)))
        first = next((number for number, one in enumerate(found) if one.cost), len(found))
        return found[first:]

    def _cost(self, start: int, end: int, account: int | None) -> int:
        uses = uses_between(self._connection, self._labels, start, end, past=self._past, account=account)
        return sum(use.cost for use in uses)


def usual_json(found: UsualCosts | None) -> dict[str, Any]:
    """The periods before, and what is usual; null if unknown. Costs in dollars."""
    nothing = Usual((), None, None)
    costs = found or UsualCosts(nothing, nothing, nothing)
    return {
        "day": _period_json(costs.day),
        "week": _period_json(costs.week),
        "month": _period_json(costs.month),
        "cost_basis": COST_BASIS,
    }


def _period_json(found: Usual) -> dict[str, Any]:
    return {
        "items": [
            {"start": timestamp.to_iso(one.start), "end": timestamp.to_iso(one.end), "cost_usd": usd(one.cost)}
            for one in found.before
        ],
        "usual_cost_usd": usd(found.cost) if found.cost is not None else None,
        "usual_by_now_usd": usd(found.cost_by_now) if found.cost_by_now is not None else None,
    }
