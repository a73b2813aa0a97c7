"""What was used from a time on until now, at a cost that does not grow with it."""

from __future__ import annotations

from typing import Protocol

from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.usage.totals import ModelUse
from exporter.store.reader import View
from exporter.store.usage.labels import Labels
from exporter.store.usage.spans import Past, uses_between


class Spent(Protocol):
    """What was used from a time (ms) on until now, by model label."""

    def since(self, start: int) -> list[ModelUse]: ...


def lately(used: Spent, now: int, pace_ms: int) -> tuple[list[ModelUse], int]:
    """What was used in the last `pace_ms`, and how long that is: from a full hour on."""
    start = (now - pace_ms) // HOUR * HOUR
    return used.since(start), now - start


def cost_since(used: Spent, start: int) -> int:
    """In nano-dollars."""
    return sum(use.cost for use in used.since(start))


class Used:
    """What the store knows to be used from a time on."""

    def __init__(self, connection: View, past: Past) -> None:
        self._connection = connection
        self._past = past
        self._labels = Labels(connection, read_only=True)

    def since(self, start: int) -> list[ModelUse]:
        """From then on (ms)."""
        return uses_between(self._connection, self._labels, start, past=self._past)
