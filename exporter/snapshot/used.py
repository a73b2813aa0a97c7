"""What was used from a time on until now, at a cost that does not grow with it."""

from __future__ import annotations

from exporter.domain.timestamp import HOUR
from exporter.domain.totals import ModelUse
from exporter.store.labels import Labels
from exporter.store.reader import View
from exporter.store.usage_spans import Past, uses_between


class Used:
    """What was used from a time on, by model label."""

    def __init__(self, connection: View, past: Past) -> None:
        self._connection = connection
        self._past = past
        self._labels = Labels(connection, read_only=True)

    def since(self, start: int) -> list[ModelUse]:
        """From then on (ms)."""
        return uses_between(self._connection, self._labels, start, past=self._past)

    def lately(self, now: int, pace_ms: int) -> tuple[list[ModelUse], int]:
        """What was used in the last `pace_ms`, and how long that is: from a full hour on."""
        start = (now - pace_ms) // HOUR * HOUR
        return self.since(start), now - start

    def cost_since(self, start: int) -> int:
        """In nano-dollars."""
        return sum(use.cost for use in self.since(start))
