"""The kept totals: exact figures that follow every correction, and peaks that never fall."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

import msgspec

from exporter.domain.usage.totals import FIRST_READ, UNANNOUNCED, LabelSet, Total
from exporter.store.database import meta

SERVED = "served_at"

_ADD = """
INSERT INTO tracker_totals (family, labels, exact, peak, first_met_at) VALUES (?, ?, ?, max(?, 0), ?)
ON CONFLICT DO UPDATE SET exact = exact + excluded.exact, peak = max(peak, exact + excluded.exact)
"""
_SET = """
INSERT INTO tracker_totals (family, labels, exact, peak, first_met_at) VALUES (?, ?, ?, max(?, 0), ?)
ON CONFLICT DO UPDATE SET exact = excluded.exact, peak = max(peak, excluded.exact)
"""


def add(connection: sqlite3.Connection, changes: Mapping[LabelSet, int], met_at: int) -> None:
    """Add to the exact totals and raise the peaks. `met_at`: `first_met_at` of label sets that are new."""
    connection.executemany(_ADD, _rows(changes, met_at))


def put(connection: sqlite3.Connection, values: Mapping[LabelSet, int], met_at: int) -> None:
    """Set exact totals, and raise the peaks where they lie below."""
    connection.executemany(_SET, _rows(values, met_at))


def put_families(
    connection: sqlite3.Connection, families: Iterable[str], values: Mapping[LabelSet, int], met_at: int
) -> None:
    """Set whole families: a label set of theirs that is not among `values` falls to 0; its peak stays."""
    connection.executemany(
        "UPDATE tracker_totals SET exact = 0 WHERE family = ?", ((family,) for family in sorted(families))
    )
    put(connection, values, met_at)


def _rows(values: Mapping[LabelSet, int], met_at: int) -> list[tuple[str, str, int, int, int]]:
    return [
        (family, msgspec.json.encode(labels).decode(), value, value, met_at)
        for (family, labels), value in sorted(values.items())
    ]


def any_unannounced(connection: sqlite3.Connection) -> bool:
    """Whether label sets were met while no tracker served."""
    query = "SELECT 1 FROM tracker_totals WHERE first_met_at = ? LIMIT 1"
    return connection.execute(query, (UNANNOUNCED,)).fetchone() is not None


def announce(connection: sqlite3.Connection, now: int) -> None:
    """Let those count as met now; in the first read, where nobody served before who could have shown others."""
    met_at = now if ever_served(connection) else FIRST_READ
    connection.execute("UPDATE tracker_totals SET first_met_at = ? WHERE first_met_at = ?", (met_at, UNANNOUNCED))


def ever_served(connection: sqlite3.Connection) -> bool:
    """Whether a tracker that is scraped ever opened the database, so that a scraper may know its counters."""
    if meta.get(connection, SERVED) is not None:
        return True
    met = connection.execute("SELECT 1 FROM tracker_totals WHERE first_met_at > ? LIMIT 1", (FIRST_READ,))
    return met.fetchone() is not None  # by one that did not note it yet


def note_served(connection: sqlite3.Connection, now: int) -> None:
    """From now on (ms) a scraper may know its counters."""
    meta.put(connection, SERVED, str(now))


def load(connection: sqlite3.Connection) -> list[Total]:
    """All totals, by family and labels."""
    rows = connection.execute("SELECT family, labels, exact, peak, first_met_at FROM tracker_totals")
    return [Total(family, _decode_labels(labels), *rest) for family, labels, *rest in rows]


_decode_labels = msgspec.json.Decoder(tuple[str, ...]).decode
