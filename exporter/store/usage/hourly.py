"""What was spent in each hour of the last eight weeks, of everything or of one project."""

from __future__ import annotations

import sqlite3

from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.limits.steady import HISTORY_MS, HourlySpending, hourly_spending, spent_by_hour
from exporter.domain.usage.counting import decode_extras
from exporter.store.database import meta
from exporter.store.usage.labels import Labels

# total() is a float, which never overflows: a mean and a spread need no exact sums.
_ALL = """
SELECT at / 3600000, total(cost) FROM tracker_responses WHERE counted AND at >= ?1 AND at < ?2 GROUP BY 1
"""
_ALL_EXTRAS = """
SELECT at / 3600000, extras FROM tracker_responses INDEXED BY tracker_responses_advised
WHERE counted AND at >= ?1 AND at < ?2 AND extras IS NOT NULL
"""
_OF_PROJECT = """
SELECT r.at / 3600000, total(r.cost) FROM tracker_conversations c CROSS JOIN tracker_responses r ON r.owner = c.id
WHERE c.project IN (SELECT value FROM json_each(?3)) AND r.counted AND r.at >= ?1 AND r.at < ?2 GROUP BY 1
"""
_EXTRAS_OF_PROJECT = """
SELECT r.at / 3600000, r.extras
FROM tracker_responses r INDEXED BY tracker_responses_advised JOIN tracker_conversations c ON c.id = r.owner
WHERE c.project IN (SELECT value FROM json_each(?3)) AND r.counted AND r.at >= ?1 AND r.at < ?2 AND r.extras IS NOT NULL
"""


class PastHours:
    """Caches it until the next hour starts, or something before the last block changes.

    A query reads every response of that time, or those of one project.
    """

    def __init__(self) -> None:
        self._key: tuple[int, str] | None = None
        self._found: dict[str | None, HourlySpending | None] = {}

    def spending(self, connection: sqlite3.Connection, now: int, project: str | None = None) -> HourlySpending | None:
        """The spending of the full hours before `now` (ms); None without any. `project`: by its name, None for all."""
        key = (now // HOUR, meta.past_version(connection))
        if key != self._key:
            self._key, self._found = key, {}
        if project not in self._found:
            self._found[project] = hourly_spending(spent_by_hour(_spent(connection, now, project), now))
        return self._found[project]


def _spent(connection: sqlite3.Connection, now: int, project: str | None) -> list[tuple[int, int]]:
    """The times (ms) and nano-dollars of the hours with usage, and of each response's extras."""
    end = now // HOUR * HOUR
    costs, extras = _ALL, _ALL_EXTRAS
    parameters: tuple[int | str, ...] = (end - HISTORY_MS, end)
    if project is not None:
        ids = Labels(connection, read_only=True).projects.named(project)
        costs, extras = _OF_PROJECT, _EXTRAS_OF_PROJECT
        parameters = (*parameters, str(ids))
    found = [(hour * HOUR, round(nano)) for hour, nano in connection.execute(costs, parameters)]
    for hour, text in connection.execute(extras, parameters):
        found.append((hour * HOUR, sum(one.cost or 0 for one in decode_extras(text))))
    return found
