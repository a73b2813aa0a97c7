"""Records of backfills: which history was loaded into which metrics store."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

from exporter.domain.usage.totals import LabelSet
from exporter.store.database import json_values

KEY = "backfills"


class LoadedHistory(msgspec.Struct, frozen=True):
    """A backfill into one target. Times in ms. `again`: how to repeat it, for people."""

    target: str
    labels: dict[str, str]
    loaded_at: int
    until: int
    sums: list[tuple[str, tuple[str, ...], int]]
    """The total by family and labels at that time."""
    again: str

    def by_label_set(self) -> dict[LabelSet, int]:
        return {(family, labels): value for family, labels, value in self.sums}


def load_records(connection: sqlite3.Connection) -> list[LoadedHistory]:
    """The last record of each target; empty if stored by an incompatible version."""
    return json_values.get(connection, KEY, list[LoadedHistory]) or []


def put_records(connection: sqlite3.Connection, records: list[LoadedHistory]) -> None:
    """Replace all records, in the caller's transaction."""
    json_values.put(connection, KEY, records)


def save_record(path: Path, loaded: LoadedHistory) -> None:
    """Save a record; also possible while a tracker writes. Raises DatabaseError."""
    with json_values.write_transaction(path, "the backfill record") as connection:
        others = [one for one in load_records(connection) if (one.target, one.labels) != (loaded.target, loaded.labels)]
        put_records(connection, [*others, loaded])
