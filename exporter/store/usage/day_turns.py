"""The turns of the current day, followed from view to view: what was counted is counted again only if it changed."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from exporter.domain.calendar.day import Day
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.usage.turns import TurnSums
from exporter.store.database import meta
from exporter.store.usage import changes
from exporter.store.usage.moments import moments

LATE_MS = 10_000
"""What is younger is read for each view: most changes are there."""
FEW, THINNED_MS = 6, 5 * MINUTE
"""Of older marks than the last few, one for so much time is kept: what changes later is counted from there."""


class Mark(NamedTuple):
    """What was counted until a time (ms)."""

    until: int
    sums: TurnSums


class DayTurns:
    """Caches the turns of one day."""

    def __init__(self) -> None:
        self._day: Day | None = None
        self._commit = -1
        self._marks: list[Mark] = []

    def count(self, connection: sqlite3.Connection, day: Day, now: int) -> TurnSums:
        """The turns started on a day, as known at `now` (ms)."""
        changed_at = changes.first_since(connection, self._commit)
        if day != self._day:
            self._day, self._marks = day, [Mark(day.start, TurnSums())]
        first, *others = self._marks
        self._marks = [first, *(mark for mark in others if mark.until <= changed_at)]
        self._commit = meta.sequence(connection)
        until, sums = self._marks[-1]
        settled = min(now - LATE_MS, day.end)
        if until < settled:
            sums = _counted(connection, sums, until, settled)
            self._marks = [*_thinned(self._marks), Mark(settled, sums)]
            until = settled
        return _counted(connection, sums, until, day.end)


def _counted(connection: sqlite3.Connection, sums: TurnSums, start: int, end: int) -> TurnSums:
    """With what is in `[start, end)` ms."""
    found = sums.copy()
    found.take(*(moments(connection, kind, start, end) for kind in ("prompts", "responses", "tool_calls")))
    return found


def _thinned(marks: list[Mark]) -> list[Mark]:
    """The first, the last few, and of the others the last in each five minutes."""
    first, *others = marks
    older, last = others[:-FEW], others[-FEW:]
    by_time = {mark.until // THINNED_MS: mark for mark in older}
    return [first, *by_time.values(), *last]
