"""What a full 5-hour window costs of the week.

Claude reports two shares at the same time: of the 5-hour window and of the week. Where a full window was seen from its
start to its end, the week's rise is what that window cost.

    five-hour share   0 %  3 %                                90 %   97 %
    window            [─────┼────────────────────────────────────┼────)
    week's share     41 %  41 %                                 52 %
                            └── rise 11 % of the week, for 94 % of a window: a full one costs 11.7 %

A window is full if 90 % of it was used or its limit was reached. It was seen whole if

- it is over, or its limit was reached; and no other window cut it short;
- both shares are known near its start: at most 5 % of it was used then, or the week's share is known from at most an
  hour before it;
- both are known at its end: at its limit, else at its last reading of 90 % or more;
- neither limit was raised between these two times, the week did not reset, and its limit was not reached.

Shares are rounded to a percent, so a rise and a gain may each be off by a point: `low` and `high` say by how much.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

import msgspec

from exporter.domain.blocks.block import BLOCK_MS, Window
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.hit import FULL, Hit
from exporter.domain.limits.raised import Raise
from exporter.domain.limits.reading import FIVE_HOUR, NEW_WINDOW_MS, SEVEN_DAY

FULL_SHARE = 0.9
START_SHARE = 0.05
BEFORE_MS = HOUR
"""The week's share of so long before a window is taken as that at its start: between windows nothing is used."""
NEAR_MS = 5 * MINUTE
"""The week's share of so long before a reading is taken as that at its time."""
COST_PERIOD_MS = 8 * 7 * DAY
MAX_COSTS = 20
"""The cost of a window is that of the newest ones: limits change."""
MIN_COSTS = 3
_OFF = 0.01
"""How far the difference of two shares may be off, each rounded to a percent."""


class Said(msgspec.Struct, frozen=True):
    """From `at` to `until` (ms), each answer of Claude's service gave this share of a window. `source`: of readings."""

    at: int
    until: int
    share: float
    source: str = ""


class ShareHistory(msgspec.Struct, frozen=True):
    """What is known of an account's 5-hour windows and weeks: each in order of time.

    `windows`, `weeks`: the official ones, without overlaps.
    """

    five_hour: tuple[Said, ...] = ()
    week: tuple[Said, ...] = ()
    windows: tuple[Window, ...] = ()
    weeks: tuple[Window, ...] = ()
    hits: tuple[Hit, ...] = ()
    raises: tuple[Raise, ...] = ()


class FullWindow(msgspec.Struct, frozen=True):
    """A full 5-hour window that started at `start` (ms), and what all of it costs: shares of the week.

    `low`, `high`: how small and large the cost may be, because shares are rounded. None if it was not seen whole.
    """

    start: int
    cost: float | None = None
    low: float | None = None
    high: float | None = None


class WindowCost(msgspec.Struct, frozen=True):
    """What a full 5-hour window costs, as a share of the week: the median of `windows`, and the range over them."""

    median: float
    low: float
    high: float
    windows: int

    def left(self, week_share: float) -> float:
        """How many full windows are left in a week of which this share is used."""
        return max(0.0, FULL - week_share) / self.median


def full_windows(history: ShareHistory, now: int) -> list[FullWindow]:
    """The full 5-hour windows until `now` (ms), in order, with the cost of those that were seen whole."""
    points = sorted({(at, one.share) for one in history.five_hour for at in (one.at, one.until)})
    by_source = _by_source(history.week)
    found = []
    for window in history.windows:
        own = points_in(window, points)
        hit = next((one for one in history.hits if one.window == FIVE_HOUR and is_in(one.at, window)), None)
        if window.start > now or (hit is None and not any(share >= FULL_SHARE for _, share in own)):
            continue
        is_over = window.end <= now or hit is not None
        is_seen = is_over and window.end - window.start >= BLOCK_MS
        found.append(_measured(window, own, hit, by_source, history) if is_seen else FullWindow(window.start))
    return found


def points_in(window: Window, points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """The times and shares in a window, without repeats of the old share, which the service may give in a new one."""
    own = points[bisect_left(points, (window.start,)) : bisect_left(points, (window.end,))]
    return [(at, share) for at, share in own if share <= START_SHARE or at >= window.start + NEW_WINDOW_MS]


def _measured(
    window: Window,
    own: Sequence[tuple[int, float]],
    hit: Hit | None,
    week: Mapping[str, Sequence[Said]],
    history: ShareHistory,
) -> FullWindow:
    not_seen = FullWindow(window.start)
    start, end = _start_of(window, own, week), _end_of(own, hit, week)
    if start is None or end is None:
        return not_seen
    (since, share_before, week_before), (until, share_after, week_after) = start, end
    is_one_week = any(one.start <= since and until < one.end for one in history.weeks)
    is_raised = any(one.window in (FIVE_HOUR, SEVEN_DAY) and since < one.at <= until for one in history.raises)
    rise, gain = week_after - week_before, share_after - share_before
    if not is_one_week or is_raised or week_after >= FULL or rise < 0 or gain <= _OFF:
        return not_seen
    return FullWindow(window.start, rise / gain, max(0.0, rise - _OFF) / (gain + _OFF), (rise + _OFF) / (gain - _OFF))


_Moment = tuple[int, float, float]
"""A time (ms), the share of the 5-hour window, and that of the week."""


def _start_of(window: Window, own: Sequence[tuple[int, float]], week: Mapping[str, Sequence[Said]]) -> _Moment | None:
    for at, share in own:
        if share <= START_SHARE and (known := _share_at(week, at, NEAR_MS)) is not None:
            return at, share, known[1]
    known = _share_at(week, window.start, BEFORE_MS)
    return (known[0], 0.0, known[1]) if known is not None else None


def _end_of(own: Sequence[tuple[int, float]], hit: Hit | None, week: Mapping[str, Sequence[Said]]) -> _Moment | None:
    """At the limit what is said soon after counts first: until then the week's share may have risen."""
    if hit is not None:
        for at in (hit.at + NEAR_MS, hit.at):
            if (known := _share_at(week, at, NEAR_MS)) is not None:
                return hit.at, FULL, known[1]
    for at, share in reversed(own):
        if share >= FULL_SHARE and (known := _share_at(week, at, NEAR_MS)) is not None:
            return at, share, known[1]
    return None


def _by_source(said: Iterable[Said]) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = {}
    for one in said:
        found.setdefault(one.source, []).append(one)
    return found


def _share_at(by_source: Mapping[str, Sequence[Said]], at: int, near_ms: int) -> tuple[int, float] | None:
    """The share at a time, and when it was known: then, or at most `near_ms` before; None if it is not known."""
    known = []
    for said in by_source.values():
        number = bisect_right(said, at, key=lambda one: one.at)
        if number:
            known.append((min(said[number - 1].until, at), said[number - 1].share))
    last = max(known, default=None)
    return last if last is not None and at - last[0] <= near_ms else None


def is_in(at: int, window: Window) -> bool:
    return window.start <= at < window.end


def window_cost(windows: Iterable[FullWindow], now: int) -> WindowCost | None:
    """The cost of the newest windows that were seen whole, of eight weeks before `now` (ms).

    None with fewer than three of them, and if half of them cost less than can be seen.
    """
    whole = [one for one in windows if one.cost is not None and one.start > now - COST_PERIOD_MS][-MAX_COSTS:]
    costs = [one.cost for one in whole if one.cost is not None]
    if len(costs) < MIN_COSTS or median(costs) <= 0:
        return None
    low = min(one.low for one in whole if one.low is not None)
    return WindowCost(median(costs), low, max(one.high for one in whole if one.high is not None), len(costs))
