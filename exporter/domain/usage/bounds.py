"""What an entry may hold. Anything beyond is corrupt data or an attack, and must not move or stop any figure.

    2023-01-01          now   + 5 minutes               + a year
    ──out of range──┤counted─────┤held until its time comes ├──out of range──

With these bounds, a sum of tokens stays within 63 bits for a billion responses. Costs are summed in two parts
(`join_cost`), and stored as at most `MAX_STORED`.
"""

from __future__ import annotations

from typing import NamedTuple

from exporter.domain.calendar.timestamp import DAY, MINUTE

MAX_TOKENS = 10**9
"""Of each count of an entry: a thousand times the largest context window."""
MAX_WEB_SEARCHES = 10**6
MAX_COST_USD = 10**5
"""Of the client's own price for a response."""
EARLIEST = 1_672_531_200_000
"""2023-01-01, ms: before the first Claude."""
MAX_AHEAD = 366 * DAY
TOLERANCE = 5 * MINUTE
"""Entries count at once if they are this far ahead: clocks differ."""
QUIET = MINUTE
"""A file's last line without a newline is no longer awaited after this long: clients write a line at once."""
MAX_STORED = (1 << 63) - 1
"""The largest integer that the database stores."""
COST_PART = 1_000_000_000


class TimeBounds(NamedTuple):
    """Times (ms): entries before `earliest` or after `latest` are out of range; those after `due` are held."""

    earliest: int
    due: int
    latest: int

    @property
    def quiet_since_ns(self) -> int:
        """Files that were not changed since then are quiet."""
        return (self.due - TOLERANCE - QUIET) * 1_000_000


ANY_TIME = TimeBounds(EARLIEST, MAX_STORED, MAX_STORED)
"""Without a clock."""


def time_bounds(now: int) -> TimeBounds:
    """The bounds at `now` (ms). A clock before 2023 is not set, so nothing is ahead of it."""
    if now < EARLIEST:
        return ANY_TIME
    return TimeBounds(EARLIEST, now + TOLERANCE, now + MAX_AHEAD)


def due_at(at: int) -> int:
    """From when (ms) an entry with the time `at` counts, in whole minutes, never later than `at`."""
    return -((TOLERANCE - at) // MINUTE) * MINUTE


def is_in_time(at: int, now: int) -> bool:
    """Whether `at` (ms) is a possible time at `now`."""
    bounds = time_bounds(now)
    return bounds.earliest <= at <= bounds.latest


def storable(value: int) -> int:
    """The integer, or the nearest one that the database can store."""
    return max(-MAX_STORED, min(value, MAX_STORED))


def join_cost(billions: int | None, rest: int | None) -> int:
    """A sum from the sums of its quotients and remainders by `COST_PART`: no part of it leaves 63 bits."""
    return (billions or 0) * COST_PART + (rest or 0)
