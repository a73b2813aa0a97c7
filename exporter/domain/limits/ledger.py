"""The ledger of weeks: how much of each official week was used, and how many full 5-hour windows it held."""

from __future__ import annotations

from statistics import median

import msgspec

from exporter.domain.limits.hit import FULL
from exporter.domain.limits.reading import FIVE_HOUR, SEVEN_DAY
from exporter.domain.limits.window_cost import ShareHistory, full_windows, is_in, points_in


class LedgerWeek(msgspec.Struct, frozen=True):
    """An official week `[start, end)` in ms. `used`: its last known share, from `used_at` (ms).

    `cost`: the median of the `measured` windows, as a share of the week; None without any. `full_windows`: how many
    were full, seen whole or not. `hits`: of 5-hour windows; `week_hits`: of weeks, also those of model families.
    """

    start: int
    end: int
    used: float
    used_at: int
    cost: float | None
    full_windows: int
    measured: int
    hits: int
    week_hits: int

    @property
    def unused(self) -> float:
        return max(0.0, FULL - self.used)


def ledger(history: ShareHistory, now: int) -> list[LedgerWeek]:
    """The weeks that started until `now` (ms) and whose share is known, the oldest first; the last one may run."""
    points = [(at, one.share) for one in history.week for at in (one.at, one.until)]
    points += [(one.at, FULL) for one in history.hits if one.window == SEVEN_DAY]
    points.sort()
    windows = full_windows(history, now)
    found = []
    for week in history.weeks:
        own = points_in(week, points)
        if week.start > now or not own:
            continue
        used_at, used = own[-1]
        full = [one for one in windows if is_in(one.start, week)]
        costs = [one.cost for one in full if one.cost is not None]
        reached = [one.window for one in history.hits if is_in(one.at, week)]
        found.append(
            LedgerWeek(
                week.start,
                week.end,
                used,
                used_at,
                median(costs) if costs else None,
                len(full),
                len(costs),
                reached.count(FIVE_HOUR),
                sum(name.startswith(SEVEN_DAY) for name in reached),
            )
        )
    return found
