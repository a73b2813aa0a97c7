"""Usage from a time until now, computed in bounded time."""

from __future__ import annotations

from typing import Protocol

from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.forecast.uses import Paces
from exporter.domain.usage.totals import ModelUse
from exporter.store.blocks.usage_spans import PastUsage, uses_between
from exporter.store.reader import View
from exporter.store.usage.labels import Labels


class UsageSince(Protocol):
    """Usage from a time (ms) until now, by model label."""

    def since(self, start: int) -> list[ModelUse]: ...


def recent_uses(used: UsageSince, now: int, pace_ms: int) -> tuple[list[ModelUse], int]:
    """Usage in the last `pace_ms`, starting at a full hour, and the length of that period (ms)."""
    start = (now - pace_ms) // HOUR * HOUR
    return used.since(start), now - start


def cost_since(used: UsageSince, start: int) -> int:
    """In nano-dollars."""
    return sum(use.cost for use in used.since(start))


class StoredUsage:
    """Usage from a time until now, from one view of the store, of one account or all. Each time is summed once."""

    def __init__(self, connection: View, past: PastUsage, account: int | None = None) -> None:
        self._account = account
        self._connection = connection
        self._past = past
        self._labels = Labels(connection, read_only=True)
        self._found: dict[int, list[ModelUse]] = {}

    def since(self, start: int) -> list[ModelUse]:
        """Usage from `start` (ms)."""
        if start not in self._found:
            self._found[start] = uses_between(
                self._connection, self._labels, start, past=self._past, account=self._account
            )
        return self._found[start]

    def between(self, start: int, end: int) -> tuple[int, int]:
        """Tokens and nano-dollars in `[start, end)` ms."""
        used = self._past.uses_between(self._connection, self._labels, start, end, self._account)
        return sum(one.tokens.total for one in used), sum(one.cost for one in used)

    def paces(self, start: int, now: int) -> Paces:
        """How fast the account's money was spent in `[start, now]` ms, without other providers."""
        return self._past.spending.of(self._connection, self._account or 0, start, now)
