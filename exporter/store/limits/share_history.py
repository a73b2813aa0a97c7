"""The shares of 5-hour windows and weeks over time, and what a full 5-hour window costs of the week.

The cost is computed from thousands of readings, so it is kept, and computed again when readings come, at most every ten
minutes.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.limits.reading import FIVE_HOUR, SEVEN_DAY
from exporter.domain.limits.window_cost import (
    COST_PERIOD_MS,
    Said,
    ShareHistory,
    WindowCost,
    full_windows,
    window_cost,
)
from exporter.domain.limits.windows import ReportedReset, official_weeks
from exporter.store.database import json_values, meta
from exporter.store.limits import hits, raises, readings

COSTS, COSTS_AT = "window_costs", "window_costs_at"
"""The keys of the costs by account, and of when they were computed (ms)."""
INTERVAL_MS = 10 * MINUTE
_SHARES = """
SELECT account, observed_at, last_at, utilization, source, resets_at FROM tracker_readings
WHERE used AND window = ? AND last_at >= ? ORDER BY observed_at, id
"""


def histories(connection: sqlite3.Connection, since: int, now: int) -> dict[int, ShareHistory]:
    """What is known since `since` until `now` (ms), by account."""
    five_hour, _ = _said(connection, FIVE_HOUR, since)
    week, resets = _said(connection, SEVEN_DAY, since)
    reached = [stored.hit for stored in hits.between(connection, since, now + 1)]
    for hit in reached:
        if hit.window == SEVEN_DAY and hit.resets_at is not None and hit.source != "reading":
            resets[hit.account].append(ReportedReset(hit.resets_at, hit.at, exact=False))
    raised = raises.between(connection, since, now + 1)
    windows = readings.windows(connection, since)
    return {
        account: ShareHistory(
            tuple(five_hour[account]),
            tuple(week[account]),
            tuple(windows.get(account, ())),
            tuple(official_weeks(resets[account])),
            tuple(one for one in reached if one.account == account),
            tuple(one for one in raised if one.account == account),
        )
        for account in sorted({*five_hour, *week, *resets})
    }


def _said(
    connection: sqlite3.Connection, window: str, since: int
) -> tuple[defaultdict[int, list[Said]], defaultdict[int, list[ReportedReset]]]:
    """The shares of a window, and its resets, by account."""
    said: defaultdict[int, list[Said]] = defaultdict(list)
    resets: defaultdict[int, list[ReportedReset]] = defaultdict(list)
    for account, at, until, share, source, resets_at in connection.execute(_SHARES, (window, since)):
        said[account].append(Said(at, until, share, source))
        if resets_at is not None:
            resets[account].append(ReportedReset(resets_at, until, exact=True))
    return said, resets


def save_costs_when_due(connection: sqlite3.Connection, now: int) -> None:
    """Compute and keep the costs, unless that was done recently."""
    last = int(meta.get(connection, COSTS_AT) or 0)
    if last <= now < last + INTERVAL_MS:
        return
    since = now - COST_PERIOD_MS
    found = {
        account: cost
        for account, history in histories(connection, since, now).items()
        if (cost := window_cost(full_windows(history, now), now)) is not None
    }
    json_values.put(connection, COSTS, found)
    meta.put(connection, COSTS_AT, str(now))


def window_costs(connection: sqlite3.Connection) -> dict[int, WindowCost]:
    """What a full 5-hour window costs, by account; without accounts where it is not known."""
    return json_values.get(connection, COSTS, dict[int, WindowCost]) or {}
