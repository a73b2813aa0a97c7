"""The week in sessions: the ledger of weeks and the cost of a full 5-hour window, also as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import Span
from exporter.domain.limits.ledger import LedgerWeek, ledger
from exporter.domain.limits.window_cost import WindowCost
from exporter.store import accounts
from exporter.store.limits import share_history
from exporter.store.reader import Reader


class PastWeek(msgspec.Struct, frozen=True):
    """An official week, and whose: the account's label. `is_current`: whether it runs."""

    week: LedgerWeek
    account: str
    is_current: bool


def past_weeks(reader: Reader, span: Span, now: int) -> tuple[PastWeek, ...]:
    """The official weeks that start in `span`, until `now` (ms), the oldest first. Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None:
            return ()
        labels = accounts.labels(connection)
        found = [
            PastWeek(week, labels[account], week.start <= now < week.end)
            for account, history in share_history.histories(connection, 0, now).items()
            for week in ledger(history, now)
            if span.start <= week.start < span.end
        ]
        return tuple(sorted(found, key=lambda one: (one.week.start, one.account)))


def window_cost_json(cost: WindowCost | None, left: float | None) -> dict[str, Any] | None:
    """What a full 5-hour window costs, as ratios of the week's limit. `left`: how many are left in the week."""
    if cost is None:
        return None
    return {
        "week_ratio": cost.median,
        "lowest_ratio": cost.low,
        "highest_ratio": cost.high,
        "measured_windows": cost.windows,
        "windows_left": left,
    }


def weeks_json(weeks: Sequence[PastWeek], zone: tzinfo | None) -> dict[str, Any]:
    """The ledger. Shares and costs as ratios of the week's limit, times in ISO 8601 UTC."""
    return {
        "items": [
            {
                "account": one.account,
                "start": timestamp.to_iso(one.week.start),
                "end": timestamp.to_iso(one.week.end),
                "is_current": one.is_current,
                "used_ratio": one.week.used,
                "unused_ratio": one.week.unused,
                "observed_at": timestamp.to_iso(one.week.used_at),
                "window_cost_ratio": one.week.cost,
                "full_windows": one.week.full_windows,
                "measured_windows": one.week.measured,
                "five_hour_limits_reached": one.week.hits,
                "week_limits_reached": one.week.week_hits,
            }
            for one in weeks
        ],
        "timezone": str(zone) if zone is not None else "local",
    }
