"""What responses ran under: the stored marks, and the bounded labels of the names in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from exporter.domain.usage.marks import CUSTOM, Kind, decode_marks, mark_label
from exporter.store.database import meta

NO_MARK, UNKNOWN_MARK = 0, -1
"""In place of an id: a response without marks, and one read by a version that did not look."""
SHOWS_CUSTOM = "custom_names"

MarkLabels = tuple[tuple[str, str], ...]
"""Pairs of a kind and the label of a name."""


def mark_ids(connection: sqlite3.Connection, encoded: Iterable[str | None]) -> dict[str | None, int]:
    """The ids of encoded marks, made if new, in the caller's transaction."""
    found: dict[str | None, int] = {None: NO_MARK}
    for text in encoded:
        if text not in found:
            found[text] = _id_of(connection, text)
    return found


def _id_of(connection: sqlite3.Connection, encoded: str | None) -> int:
    row = connection.execute("SELECT id FROM tracker_marks WHERE marks = ?", (encoded,)).fetchone()
    if row is not None:
        return int(row[0])
    return connection.execute("INSERT INTO tracker_marks (marks) VALUES (?)", (encoded,)).lastrowid or NO_MARK


class MarkNames:
    """The labels of stored marks; new names get theirs on first use, in the caller's transaction.

    `read_only`: new labels are returned but not stored.
    """

    def __init__(self, connection: sqlite3.Connection, *, read_only: bool = False) -> None:
        self._connection = connection
        self._read_only = read_only
        self._shows_custom = shows_custom(connection)
        self._by_id: dict[int, MarkLabels] = {}
        self._labels: dict[tuple[str, str], str] = {
            (kind, name): label
            for kind, name, label in connection.execute("SELECT kind, name, label FROM tracker_mark_labels")
        }

    def of(self, mark: int | None) -> MarkLabels:
        """The kinds and labels of a mark, by its id; none for those that are no ids."""
        if not mark or mark == UNKNOWN_MARK:
            return ()
        if mark not in self._by_id:
            row = self._connection.execute("SELECT marks FROM tracker_marks WHERE id = ?", (mark,)).fetchone()
            names = decode_marks(row[0]).names() if row is not None else ()
            self._by_id[mark] = tuple((kind, self._label(kind, name)) for kind, name in names)
        return self._by_id[mark]

    def _label(self, kind: Kind, name: str) -> str:
        if (kind, name) not in self._labels:
            taken = {label for (other, _), label in self._labels.items() if other == kind}
            label = mark_label(kind, name, taken, shows_custom=self._shows_custom)
            if not self._read_only:
                self._connection.execute("INSERT INTO tracker_mark_labels VALUES (?, ?, ?)", (kind, name, label))
            self._labels[kind, name] = label
        return self._labels[kind, name]


def marks_by_id(connection: sqlite3.Connection) -> Mapping[int, str]:
    """The encoded marks by their ids."""
    return dict(connection.execute("SELECT id, marks FROM tracker_marks"))


def last_unknown(connection: sqlite3.Connection, start: int, end: int) -> int | None:
    """The time (ms) of the last response in `[start, end)` that was read by a version that did not look."""
    query = "SELECT max(at) FROM tracker_responses WHERE counted AND mark IS NULL AND at >= ? AND at < ?"
    (found,) = connection.execute(query, (start, end)).fetchone()
    return int(found) if found is not None else None


def shows_custom(connection: sqlite3.Connection) -> bool:
    """Whether names that do not come with Claude Code are labels too."""
    return meta.get(connection, SHOWS_CUSTOM) is not None


def show_custom(connection: sqlite3.Connection, *, shows: bool) -> bool:
    """Let such names be labels or not, in the caller's transaction. Returns whether totals must be summed again."""
    if shows == shows_custom(connection):
        return False
    if shows:
        meta.put(connection, SHOWS_CUSTOM, "1")
        changed = connection.execute("DELETE FROM tracker_mark_labels WHERE label = ?", (CUSTOM,)).rowcount
    else:
        meta.delete(connection, SHOWS_CUSTOM)
        changed = connection.execute("DELETE FROM tracker_mark_labels").rowcount
    return changed > 0
