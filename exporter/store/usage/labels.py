"""The bounded labels of models, projects, marks and windows: assigned once, stored permanently."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import cached_property

from exporter.domain.usage.labels import OTHER, model_label
from exporter.domain.usage.pricing import normalize_model
from exporter.store import accounts
from exporter.store.usage.marks import MarkNames
from exporter.store.usage.projects import Projects

MAX_WINDOWS = 12


class Labels:
    """The labels assigned so far; new labels are stored on first use, in the caller's transaction.

    `read_only`: new labels are returned but not stored.
    """

    def __init__(self, connection: sqlite3.Connection, *, read_only: bool = False) -> None:
        self._connection = connection
        self._read_only = read_only
        self._models: dict[str, str] = dict(connection.execute("SELECT name, label FROM tracker_models"))

    @cached_property
    def projects(self) -> Projects:
        """Loaded when first needed."""
        return Projects(self._connection, read_only=self._read_only)

    @cached_property
    def marks(self) -> MarkNames:
        """Loaded when first needed."""
        return MarkNames(self._connection, read_only=self._read_only)

    def model(self, written: str) -> str:
        """The label of a model, from its name as written."""
        name = normalize_model(written)
        if name not in self._models:
            taken = {label for label in self._models.values() if label != OTHER}
            label = model_label(name, taken)
            if not self._read_only:
                self._connection.execute("INSERT INTO tracker_models (name, label) VALUES (?, ?)", (name, label))
            self._models[name] = label
        return self._models[name]

    def note_providers(self, found: Iterable[tuple[str, str | None]]) -> None:
        """Store the providers of models, from their names as written."""
        for written, provider in set(found):
            if provider is not None and not self._read_only:
                self._connection.execute(
                    "UPDATE tracker_models SET provider = ?1 WHERE name = ?2 AND provider IS NOT ?1",
                    (provider, normalize_model(written)),
                )

    def forget_providers(self) -> None:
        """Before all are noted again."""
        self._connection.execute("UPDATE tracker_models SET provider = NULL WHERE provider IS NOT NULL")


def providers(connection: sqlite3.Connection) -> dict[str, str]:
    """The providers of models by label, where it is another than Anthropic and known. `other` has none."""
    query = "SELECT label, provider FROM tracker_models WHERE provider IS NOT NULL AND label != ?"
    return dict(connection.execute(query, (OTHER,)))


def window_label(connection: sqlite3.Connection, name: str) -> str:
    """The label of a window, assigned if new, in the caller's transaction."""
    known = window_labels(connection)
    if name not in known:
        known[name] = name if len(known) < MAX_WINDOWS else OTHER
        connection.execute("INSERT INTO tracker_windows (name, label) VALUES (?, ?)", (name, known[name]))
    return known[name]


def limit_labels(connection: sqlite3.Connection, account: int, window: str) -> tuple[str, str]:
    """The labels of an account's window, assigned if new, in the caller's transaction."""
    return accounts.labels(connection)[account], window_label(connection, window)


def window_labels_of(connection: sqlite3.Connection, account: int) -> tuple[str, ...]:
    """The labels of the windows that an account was seen to have, sorted."""
    rows = connection.execute(
        "SELECT DISTINCT label FROM tracker_windows WHERE name IN"
        " (SELECT window FROM tracker_last_readings WHERE account = ?1"
        " UNION SELECT window FROM tracker_limit_hits WHERE account = ?1) ORDER BY label",
        (account,),
    )
    return tuple(label for (label,) in rows)


def window_labels(connection: sqlite3.Connection) -> dict[str, str]:
    """The labels assigned to windows."""
    return dict(connection.execute("SELECT name, label FROM tracker_windows"))
