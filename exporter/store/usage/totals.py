"""The stored totals: exact values that follow every correction, and peaks that never fall."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

import msgspec

from exporter.domain.usage.bounds import MAX_STORED, storable
from exporter.domain.usage.totals import FIRST_READ, UNANNOUNCED, LabelSet, Total
from exporter.store.database import meta

SERVED = "served_at"

# A sum beyond 63 bits becomes a float in SQLite, which is then replaced by the largest integer.
_ADD = f"""
INSERT INTO tracker_totals (family, labels, exact, peak, first_met_at) VALUES (?, ?, ?, max(?, 0), ?)
ON CONFLICT DO UPDATE SET exact = max(-{MAX_STORED}, min(exact + excluded.exact, {MAX_STORED})),
    peak = max(peak, min(exact + excluded.exact + shift, {MAX_STORED}))
"""
_SET = """
INSERT INTO tracker_totals (family, labels, exact, peak, first_met_at) VALUES (?, ?, ?, max(?, 0), ?)
ON CONFLICT DO UPDATE SET exact = excluded.exact, peak = max(peak, excluded.exact + shift)
"""

_GO_ON_FROM = "UPDATE tracker_totals SET peak = ?1, shift = ?1 - exact WHERE family = ?2 AND labels = ?3"
"""A counter keeps what it showed, and counts on from there."""


def add(connection: sqlite3.Connection, changes: Mapping[LabelSet, int], first_seen_at: int) -> None:
    """Add to the exact totals and raise the peaks. `first_seen_at`: for new label sets."""
    connection.executemany(_ADD, _rows(changes, first_seen_at))


def put(connection: sqlite3.Connection, values: Mapping[LabelSet, int], first_seen_at: int) -> None:
    """Set exact totals, and raise lower peaks."""
    connection.executemany(_SET, _rows(values, first_seen_at))


def put_families(
    connection: sqlite3.Connection, families: Iterable[str], values: Mapping[LabelSet, int], first_seen_at: int
) -> None:
    """Set entire families: label sets that are not in `values` become 0; their peaks stay."""
    connection.executemany(
        "UPDATE tracker_totals SET exact = 0 WHERE family = ?", ((family,) for family in sorted(families))
    )
    put(connection, values, first_seen_at)


def _rows(values: Mapping[LabelSet, int], first_seen_at: int) -> list[tuple[str, str, int, int, int]]:
    return [
        (family, msgspec.json.encode(labels).decode(), storable(value), storable(value), first_seen_at)
        for (family, labels), value in sorted(values.items())
    ]


def add_hidden(
    connection: sqlite3.Connection, changes: Mapping[LabelSet, int], instead: tuple[str, ...], first_seen_at: int
) -> None:
    """Add to label sets that are not exposed now; in each family, the counter of `instead` rises as much as theirs."""
    families = {family for family, _ in changes}
    before = peaks(connection, families)
    add(connection, {(family, instead): 0 for family in families} | dict(changes), first_seen_at)
    after = peaks(connection, families)
    encoded = msgspec.json.encode(instead).decode()
    connection.executemany(
        "UPDATE tracker_totals SET peak = peak + ?3, shift = shift + ?3 WHERE family = ?1 AND labels = ?2",
        [(family, encoded, peak - before.get((family, labels), 0)) for (family, labels), peak in after.items()],
    )


def take_back(connection: sqlite3.Connection, changes: Mapping[LabelSet, int]) -> None:
    """Lower exact totals by what was counted wrongly. Each counter keeps what it showed, and counts on from there."""
    connection.executemany(
        "UPDATE tracker_totals SET exact = exact - ?3, shift = shift + ?3 WHERE family = ?1 AND labels = ?2",
        [row[:3] for row in _rows(changes, FIRST_READ)],
    )


Peaks = Mapping[tuple[str, str], int]
"""The peaks by family and stored labels."""


def peaks(connection: sqlite3.Connection, families: Iterable[str]) -> Peaks:
    """The peaks of these families."""
    query = f"SELECT family, labels, peak FROM tracker_totals WHERE family IN ({', '.join('?' * len(set(families)))})"
    return {(family, labels): peak for family, labels, peak in connection.execute(query, sorted(set(families)))}


def keep_shown(connection: sqlite3.Connection, shown: Peaks) -> None:
    """After a rule changed: let each counter keep what it showed, and count on from there.

    A label set that is new since then is shown with its value at once, since it was used before. If nobody ever saw the
    counters, they show the exact totals.
    """
    is_served = was_served(connection)
    for family, labels in peaks(connection, {family for family, _ in shown}):
        before = shown.get((family, labels))
        key = (family, labels)
        if before is None or not is_served:
            statement = "UPDATE tracker_totals SET peak = max(exact, 0), shift = 0, first_met_at = ?"
            connection.execute(f"{statement} WHERE family = ? AND labels = ?", (FIRST_READ, *key))
        else:
            connection.execute(_GO_ON_FROM, (before, *key))


def take_over(connection: sqlite3.Connection, shown: Peaks) -> None:
    """After another database took the place of the one that showed these: each counter goes on from there, and those
    that this database does not have too.
    """
    missing = shown.keys() - peaks(connection, {family for family, _ in shown}).keys()
    connection.executemany(
        "INSERT INTO tracker_totals (family, labels, exact, peak, first_met_at) VALUES (?, ?, 0, 0, ?)",
        [(*key, FIRST_READ) for key in sorted(missing)],
    )
    connection.executemany(
        _GO_ON_FROM,
        [(peak, *key) for key, peak in shown.items()],
    )


def show_at_once(connection: sqlite3.Connection) -> None:
    """Let no counter be announced as new: scrapers know them, from the database that this one replaces."""
    connection.execute("UPDATE tracker_totals SET first_met_at = ? WHERE first_met_at <> ?", (FIRST_READ, FIRST_READ))


def keep_out(connection: sqlite3.Connection, families: Iterable[str], shown: Peaks) -> None:
    """After an import: let each counter keep what it showed, and count on from there; one that is new starts at 0."""
    connection.executemany(
        _GO_ON_FROM,
        [(shown.get(key, 0), *key) for key in peaks(connection, families)],
    )


def has_unannounced(connection: sqlite3.Connection) -> bool:
    """Whether any label sets were first seen while no tracker served."""
    query = "SELECT 1 FROM tracker_totals WHERE first_met_at = ? LIMIT 1"
    return connection.execute(query, (UNANNOUNCED,)).fetchone() is not None


def announce(connection: sqlite3.Connection, now: int) -> None:
    """Set the unannounced label sets to first seen now (ms); to `FIRST_READ` if no tracker was ever scraped."""
    first_seen_at = now if was_served(connection) else FIRST_READ
    connection.execute(
        "UPDATE tracker_totals SET first_met_at = ? WHERE first_met_at = ?", (first_seen_at, UNANNOUNCED)
    )


def was_served(connection: sqlite3.Connection) -> bool:
    """Whether a scraped tracker ever opened the database, so that a scraper may know its counters."""
    if meta.get(connection, SERVED) is not None:
        return True
    seen = connection.execute("SELECT 1 FROM tracker_totals WHERE first_met_at > ? LIMIT 1", (FIRST_READ,))
    return seen.fetchone() is not None  # by a tracker that did not record it yet


def mark_served(connection: sqlite3.Connection, now: int) -> None:
    """Record that from now on (ms) a scraper may know the counters."""
    meta.put(connection, SERVED, str(now))


def load(connection: sqlite3.Connection) -> list[Total]:
    """All totals, by family and labels."""
    rows = connection.execute("SELECT family, labels, exact, peak, first_met_at FROM tracker_totals")
    return [Total(family, _decode_labels(labels), *rest) for family, labels, *rest in rows]


_decode_labels = msgspec.json.Decoder(tuple[str, ...]).decode
