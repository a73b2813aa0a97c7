"""The pace of spending in a running window, from cached sums of ten seconds and of five minutes.

How much a response weighs depends on the time, but those of a span fade together. So each response is read once, and
again only when its ten seconds change.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby

from exporter.domain.blocks.block import HOUR_MS, MINUTE_MS
from exporter.domain.forecast.chance import HALF_LIVES
from exporter.domain.forecast.uses import Paces, faded, pace_of, remembered_since
from exporter.domain.usage.counting import decode_extras
from exporter.domain.usage.recent import pieces
from exporter.store.blocks import recent, recent_times
from exporter.store.blocks.recent_times import SPAN_MS
from exporter.store.database import meta
from exporter.store.usage.spending import Spending

GROUP_MS = 5 * MINUTE_MS
MAX_MS = 10 * HOUR_MS
"""Sums from earlier than so long before a window are of a window that is over."""
Spent = tuple[int, int]
"""The time of a response (ms) and its cost in nano-dollars, extras included."""
Weights = tuple[float, ...]
"""The spending of a span, each response faded until its end, by `HALF_LIVES`."""
_SPENT = """
SELECT at, coalesce(cost, 0), extras FROM tracker_responses
WHERE counted AND at >= ? AND at < ? AND account = ? AND provider IS NULL ORDER BY at
"""
_LAST = """
SELECT at FROM tracker_responses WHERE counted AND at >= ? AND at <= ? AND account = ? AND provider IS NULL
ORDER BY at DESC LIMIT 1
"""


class RecentSpending:
    """Caches the sums of each account between views."""

    def __init__(self) -> None:
        self._accounts: defaultdict[int, _Sums] = defaultdict(_Sums)

    def of(self, connection: sqlite3.Connection, account: int, start: int, now: int) -> Paces:
        """What an account spent in `[start, now]` ms."""
        if start < recent.since(connection):
            return Spending(connection, account, start, now + 1).uses()
        sums = self._accounts[account]
        sums.follow(connection, account, start)
        return _Recent(connection, account, start, sums)


class _Sums:
    """What the spans of an account weigh, by their start (ms)."""

    def __init__(self) -> None:
        self._start = self._derived = self._commit = -1
        self._spans: dict[int, Weights] = {}
        self._groups: dict[int, Weights] = {}

    def follow(self, connection: sqlite3.Connection, account: int, start: int) -> None:
        """Read the spans that changed since the last view. `start`: of the window (ms)."""
        derived, commit = recent_times.derived(connection), meta.sequence(connection)
        is_same = derived == self._derived and commit >= self._commit
        if not is_same or not self._start <= start < self._start + MAX_MS:
            self._spans, self._groups, self._commit = {}, {}, -1
            self._start = max(start // HOUR_MS * HOUR_MS - HOUR_MS, recent.since(connection))
        changed = recent_times.changed_since(connection, account, self._commit, self._start)
        for first, end in _ranges(changed):
            for at in range(first, end, SPAN_MS):
                self._spans.pop(at, None)
                self._groups.pop(at // GROUP_MS * GROUP_MS, None)
            for at, spent in groupby(spent_between(connection, account, first, end), _span_of):
                self._spans[at] = _weights(list(spent), at + SPAN_MS)
        self._derived, self._commit = derived, commit

    def of(self, length: int, at: int) -> Weights | None:
        """What a span of ten seconds or a group of five minutes weighs; None if nothing was spent."""
        if length == SPAN_MS:
            return self._spans.get(at)
        if at not in self._groups:
            spans = [(one, self._spans[one]) for one in range(at, at + GROUP_MS, SPAN_MS) if one in self._spans]
            self._groups[at] = tuple(
                faded([(one + SPAN_MS, weights[number]) for one, weights in spans], at + GROUP_MS, half_life)
                for number, half_life in enumerate(HALF_LIVES)
            )
        return self._groups[at]


class _Recent:
    """`Paces` of an account's window, in one view."""

    def __init__(self, connection: sqlite3.Connection, account: int, start: int, sums: _Sums) -> None:
        self._connection, self._account, self._start, self._sums = connection, account, start, sums
        self._read: dict[tuple[int, int], list[Spent]] = {}

    def last_at(self, moment: int) -> int | None:
        """The time of the last response until `moment` (ms); None without one."""
        row = self._connection.execute(_LAST, (self._start, moment, self._account)).fetchone()
        return row[0] if row is not None else None

    def pace(self, now: int, start: int, half_life: float) -> float:
        """As `Uses.pace`; `half_life` is one of `HALF_LIVES`."""
        first = remembered_since(now, start, half_life)
        return pace_of(faded(self._weighted(first, now + 1, half_life), now, half_life), now, start, half_life)

    def _weighted(self, start: int, end: int, half_life: float) -> Iterator[tuple[int, float]]:
        number = HALF_LIVES.index(half_life)
        for length, first, last in pieces(start, end, (GROUP_MS, SPAN_MS)):
            if not length:
                yield from self._spent_between(first, last)
                continue
            for at in range(first, last, length):
                if (weights := self._sums.of(length, at)) is not None:
                    yield at + length, weights[number]

    def _spent_between(self, start: int, end: int) -> list[Spent]:
        if (start, end) not in self._read:
            self._read[start, end] = list(spent_between(self._connection, self._account, start, end))
        return self._read[start, end]


def spent_between(connection: sqlite3.Connection, account: int, start: int, end: int) -> Iterator[Spent]:
    """The responses of an account in `[start, end)` ms, in order, without other providers."""
    for at, cost, extras in connection.execute(_SPENT, (start, end, account)):
        yield at, cost + sum(one.cost or 0 for one in decode_extras(extras)) if extras is not None else cost


def _span_of(spent: Spent) -> int:
    return spent[0] // SPAN_MS * SPAN_MS


def _weights(spent: list[Spent], end: int) -> Weights:
    return tuple(faded(spent, end, half_life) for half_life in HALF_LIVES)


def _ranges(spans: list[int]) -> Iterator[tuple[int, int]]:
    """The spans, those next to each other together."""
    for _, numbered in groupby(enumerate(spans), lambda one: one[1] - one[0] * SPAN_MS):
        together = [at for _, at in numbered]
        yield together[0], together[-1] + SPAN_MS
