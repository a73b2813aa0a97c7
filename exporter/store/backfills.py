"""What history was loaded where, kept in the database beside the figures it was made of."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

from exporter.domain.usage.totals import LabelSet
from exporter.store.database import json_values

KEY = "backfills"


class Loaded(msgspec.Struct, frozen=True):
    """What one target was given. Times in ms. `again`: how to load it again, for people."""

    target: str
    labels: dict[str, str]
    loaded_at: int
    until: int
    sums: list[tuple[str, tuple[str, ...], int]]
    """By family and labels, what all until then added up to."""
    again: str

    def by_label_set(self) -> dict[LabelSet, int]:
        return {(family, labels): value for family, labels, value in self.sums}


def kept(connection: sqlite3.Connection) -> list[Loaded]:
    """Of each target the last; none in a form of another version."""
    return json_values.get(connection, KEY, list[Loaded]) or []


def keep(path: Path, loaded: Loaded) -> None:
    """Beside a tracker that writes, too. Raises DatabaseError."""
    with json_values.writing(path, "what was loaded") as connection:
        others = [one for one in kept(connection) if (one.target, one.labels) != (loaded.target, loaded.labels)]
        json_values.put(connection, KEY, [*others, loaded])
