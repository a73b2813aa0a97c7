"""The stored projects: their folders and the labels they had, from when on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from exporter.domain.usage.labels import OTHER, project_label
from exporter.domain.usage.projects import UNKNOWN_PROJECT, UNUSED_MS, Place, ProjectRef, has_room, plain_folder

Labels = tuple[str, ...]
"""Label values of stored totals."""

_SAVE = (
    "INSERT OR REPLACE INTO tracker_project_labels (project, since, label, part, used_at, seen_at)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)


class Projects:
    """The projects and their places; changes are stored in the caller's transaction.

    `read_only`: nothing is stored.
    """

    def __init__(self, connection: sqlite3.Connection, *, read_only: bool = False) -> None:
        self._connection = connection
        self._read_only = read_only
        rows = connection.execute("SELECT id, path, label FROM tracker_projects").fetchall()
        self._folders: dict[int, str] = {project: path for project, path, _ in rows}
        self._texts: dict[int, str] = {project: label for project, _, label in rows}
        self._ids: dict[str, int] = {path: project for project, path, _ in rows}
        for project, path, _ in rows:  # an earlier version stored a folder as it was written
            self._ids.setdefault(plain_folder(path), project)
        self._places: dict[int, list[Place]] = {}
        query = "SELECT project, since, label, part, used_at, seen_at FROM tracker_project_labels ORDER BY since"
        for project, *place in connection.execute(query):
            self._places.setdefault(project, []).append(Place(*place))

    def id_of(self, folder: str) -> int:
        """The id of a folder's project, created if new."""
        known = self._ids.get(folder)
        if known is not None and self._folders[known] != folder:
            self._connection.execute("UPDATE tracker_projects SET path = ? WHERE id = ?", (folder, known))
            self._folders[known] = folder
        if known is None:
            cursor = self._connection.execute(
                "INSERT INTO tracker_projects (path, label) VALUES (?, ?)", (folder, OTHER)
            )
            project = self._ids[folder] = int(cursor.lastrowid or 0)
            self._folders[project], self._texts[project] = folder, OTHER
        return self._ids[folder]

    def ref(self, project: int | None, at: int) -> ProjectRef:
        """A project by its id, with the label it had at a time (ms)."""
        if project is None:
            return UNKNOWN_PROJECT
        places = self._places.get(project)
        place = _place_at(places, at) if places else None
        text = self._texts.get(project, OTHER)
        name = text if text != OTHER else self._folders.get(project, OTHER)
        return ProjectRef(name, place.label, place.part) if place is not None else ProjectRef(name, OTHER)

    @property
    def of_several_parts(self) -> list[int]:
        """The projects whose label depends on the time."""
        return [project for project, places in self._places.items() if len(places) > 1]

    def use(self, project: int | None, at: int, seen_at: int) -> None:
        """Note a use at a time (ms), stored at another: it may begin a new part."""
        if project is None:
            return
        places = self._places.setdefault(project, [])
        last = places[-1] if places else None
        if last is None:
            self._begin(project, at, seen_at)
        elif at < last.since:
            place = _place_at(places, at)
            self._put(project, place._replace(used_at=max(place.used_at, at), seen_at=max(place.seen_at, seen_at)))
        elif at >= last.used_at + UNUSED_MS or (at > last.used_at and last.label == OTHER and self._has_room(at)):
            self._begin(project, at, seen_at)
        elif at > last.used_at or seen_at > last.seen_at + UNUSED_MS // 90:
            self._put(project, last._replace(used_at=max(last.used_at, at), seen_at=max(last.seen_at, seen_at)))

    def _begin(self, project: int, at: int, seen_at: int) -> None:
        label = OTHER
        if self._has_room(at):
            if self._texts[project] == OTHER:
                self._texts[project] = project_label(self._folders[project], set(self._texts.values()))
                self._connection.execute(
                    "UPDATE tracker_projects SET label = ? WHERE id = ?", (self._texts[project], project)
                )
            label = self._texts[project]
        part = sum(place.label == label for place in self._places[project]) if label != OTHER else 0
        self._put(project, Place(at, label, part, at, seen_at))

    def _has_room(self, at: int) -> bool:
        return has_room((place for places in self._places.values() for place in places), at)

    def _put(self, project: int, place: Place) -> None:
        places = [known for known in self._places[project] if known.since != place.since]
        self._places[project] = sorted([*places, place])
        if not self._read_only:
            self._connection.execute(_SAVE, (project, *place))

    def free_unused(self, used: Iterable[int]) -> None:
        """Free the places of projects that have no session any more: their folders belong to others now."""
        for project in self._places.keys() - set(used):
            for place in self._places[project]:
                if place.used_at:
                    self._put(project, place._replace(used_at=0, seen_at=0))

    def without_any(self, projects: Iterable[int]) -> set[int]:
        """Those of the projects that never had a label."""
        return {project for project in projects if not self._places.get(project)}

    def exposed(self, at: int) -> tuple[dict[str, Labels], frozenset[Labels]]:
        """By label, the values of the totals that are exposed at a time (ms); and those that are not.

        The place of the others is free, or was taken again later.
        """
        shown: dict[str, Labels] = {}
        hidden: set[Labels] = set()
        for places in self._places.values():
            own = [place for place in places if place.label != OTHER]
            latest = next((place for place in reversed(own) if place.is_shown(at)), None)
            for place in own:
                labels = ProjectRef("", place.label, place.part).labels
                if place is latest:
                    shown[place.label] = labels
                else:
                    hidden.add(labels)
        return shown, frozenset(hidden)

    def changes(self) -> list[int]:
        """The times (ms) at which a label is exposed for the first time, again, or no longer."""
        places = [place for own in self._places.values() for place in own if place.label != OTHER]
        ends = (max(place.used_at, place.seen_at) + UNUSED_MS for place in places)
        return sorted({*(place.since for place in places if place.part), *ends})


def _place_at(places: list[Place], at: int) -> Place:
    """The place at a time, the first one before all."""
    return next((place for place in reversed(places) if place.since <= at), places[0])


_USES = """
SELECT c.project, min(r.at), max(r.at), r.owner FROM tracker_responses r JOIN tracker_conversations c ON c.id = r.owner
WHERE r.counted AND c.project IN (SELECT value FROM json_each(?)) GROUP BY r.owner
"""


def take_places(connection: sqlite3.Connection, projects: Projects, new: Iterable[int]) -> None:
    """Give projects without a label theirs, in the order of their use."""
    uses: list[tuple[int, int]] = []
    for project, first, last, owner in connection.execute(
        _USES, (msgspec.json.encode(sorted(new)).decode(),)
    ).fetchall():
        uses += [(first, project), (last, project)]
        if last - first >= UNUSED_MS:
            uses += [(at, project) for at in _days_of(connection, owner)]
    for at, project in sorted(uses):
        projects.use(project, at, 0)


def _days_of(connection: sqlite3.Connection, owner: int) -> Iterator[int]:
    """A response of each day of a session."""
    rows = connection.execute(
        "SELECT min(at) FROM tracker_responses WHERE counted AND owner = ? GROUP BY at / 86400000", (owner,)
    )
    return (at for (at,) in rows)
