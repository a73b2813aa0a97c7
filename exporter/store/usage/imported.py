"""Days from Claude Code's own statistics. Of each folder and day, the largest figures that were ever seen are kept."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable

from exporter.domain.usage.imported import ImportedDay, ModelTokens, add_models


def save(connection: sqlite3.Connection, found: Iterable[ImportedDay]) -> bool:
    """Save the days with more tokens than known, in the caller's transaction. Returns whether there were any."""
    query = "SELECT folder, date, sum(tokens) FROM tracker_imported_days GROUP BY folder, date"
    known = {(folder, date): tokens for folder, date, tokens in connection.execute(query)}
    changed = False
    for day in found:
        key = (day.folder, day.date)
        if day.tokens <= known.get(key, 0):
            continue
        known[key], changed = day.tokens, True
        connection.execute("DELETE FROM tracker_imported_days WHERE folder = ? AND date = ?", key)
        connection.executemany(
            "INSERT INTO tracker_imported_days (folder, date, model, tokens) VALUES (?, ?, ?, ?)",
            [(*key, *model) for model in day.models],
        )
    return changed


def load_before(connection: sqlite3.Connection, end: str | None) -> list[tuple[str, ModelTokens]]:
    """The days before the day `end` (2026-11-22; None: all), in order, over all folders."""
    rows = connection.execute(
        "SELECT date, model, tokens FROM tracker_imported_days WHERE ?1 IS NULL OR date < ?1 ORDER BY date", (end,)
    )
    found: defaultdict[str, list[ModelTokens]] = defaultdict(list)
    for date, model, tokens in rows:
        found[date].append(((model, tokens),))
    return [(date, add_models(parts)) for date, parts in found.items()]
