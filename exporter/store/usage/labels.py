"""The bounded labels of models, projects and windows: given once, kept for good."""

from __future__ import annotations

import sqlite3

from exporter.domain.usage.labels import OTHER, UNKNOWN, model_label, project_label
from exporter.domain.usage.pricing import normalize_model

MOST_WINDOWS = 12


class Labels:
    """The labels given so far; new ones are stored as they are asked for, in the caller's transaction.

    `read_only`: new ones are told but not stored.
    """

    def __init__(self, connection: sqlite3.Connection, *, read_only: bool = False) -> None:
        self._connection = connection
        self._read_only = read_only
        self._models: dict[str, str] = dict(connection.execute("SELECT name, label FROM tracker_models"))
        self._projects: dict[int, str] = dict(connection.execute("SELECT id, label FROM tracker_projects"))
        self._ids: dict[str, int] = dict(connection.execute("SELECT path, id FROM tracker_projects"))

    def model(self, written: str) -> str:
        """The label of a model by its name as written."""
        name = normalize_model(written)
        if name not in self._models:
            taken = {label for label in self._models.values() if label != OTHER}
            label = model_label(name, taken)
            if not self._read_only:
                self._connection.execute("INSERT INTO tracker_models (name, label) VALUES (?, ?)", (name, label))
            self._models[name] = label
        return self._models[name]

    def project(self, project: int | None) -> str:
        """The label of a project by its id."""
        return UNKNOWN if project is None else self._projects[project]

    def project_id(self, path: str) -> int:
        """The id of the project of a folder, made where it is new."""
        if path not in self._ids:
            taken = {label for label in self._projects.values() if label != OTHER}
            label = project_label(path, taken)
            cursor = self._connection.execute("INSERT INTO tracker_projects (path, label) VALUES (?, ?)", (path, label))
            self._ids[path] = int(cursor.lastrowid or 0)
            self._projects[self._ids[path]] = label
        return self._ids[path]


def window(connection: sqlite3.Connection, name: str) -> str:
    """The label of a window, given where it is new, in the caller's transaction."""
    known = windows(connection)
    if name not in known:
        known[name] = name if len(known) < MOST_WINDOWS else OTHER
        connection.execute("INSERT INTO tracker_windows (name, label) VALUES (?, ?)", (name, known[name]))
    return known[name]


def windows(connection: sqlite3.Connection) -> dict[str, str]:
    """The labels of windows that were given."""
    return dict(connection.execute("SELECT name, label FROM tracker_windows"))
