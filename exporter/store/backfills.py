"""What history was loaded where, kept in the database beside the figures it was made of."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from exporter.domain.totals import LabelSet
from exporter.errors import DatabaseError
from exporter.store import meta
from exporter.store.connection import connect

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
    value = meta.get(connection, KEY)
    try:
        return msgspec.json.decode(value, type=list[Loaded]) if value else []
    except msgspec.DecodeError:
        return []


def keep(path: Path, loaded: Loaded) -> None:
    """Beside a tracker that writes, too. Raises DatabaseError."""
    try:
        with closing(connect(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            others = [one for one in kept(connection) if (one.target, one.labels) != (loaded.target, loaded.labels)]
            meta.put(connection, KEY, msgspec.json.encode([*others, loaded]).decode())
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise DatabaseError(f"what was loaded cannot be kept in {path}: {error}") from error
