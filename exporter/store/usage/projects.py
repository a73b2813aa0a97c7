"""The stored projects: their folders and the labels they had, from when on."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import attrgetter

import msgspec

from exporter.domain.usage.labels import OTHER, project_label
from exporter.domain.usage.projects import (
    LEAD_MS,
    UNKNOWN_PROJECT,
    UNUSED_MS,
    Place,
    ProjectRef,
    has_room,
    plain_folder,
)

Labels = tuple[str, ...]
"""Label values of stored totals."""

_SAVE = "INSERT OR REPLACE INTO tracker_project_labels (project, since, label, part, used_at) VALUES (?, ?, ?, ?, ?)"


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
        self._are_plain = False
        self._places: dict[int, list[Place]] = {}
        query = "SELECT project, since, label, part, used_at FROM tracker_project_labels ORDER BY since"
        for project, *place in connection.execute(query):
            self._places.setdefault(project, []).append(Place(*place))
        self._several = {project for project, places in self._places.items() if len(places) > 1}
        self._last_start = max((place.start for own in self._places.values() for place in own), default=0)

    def id_of(self, folder: str) -> int:
        """The id of a folder's project, created if new."""
        known = self._ids.get(folder)
        if known is None and not self._are_plain:  # an earlier version stored a folder as it was written
            self._are_plain = True
            for project, path in self._folders.items():
                self._ids.setdefault(plain_folder(path), project)
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

    def named(self, name: str) -> list[int]:
        """The ids of the projects with this name."""
        return [project for project in self._texts if self.ref(project, 0).name == name]

    @property
    def of_several_parts(self) -> list[int]:
        """The projects whose label depends on the time."""
        return sorted(self._several)

    def use(self, project: int | None, at: int, now: int) -> None:
        """Note a use at a time (ms), found at another: it may begin a new part. No earlier use gets another label."""
        if project is None:
            return
        places = self._places.setdefault(project, [])
        number = bisect_right(places, at, key=attrgetter("since"))
        place = places[number - 1] if number else None
        following = places[number] if number < len(places) else None
        if place is not None and at <= place.used_at:
            return
        if place is not None and self._lasts(project, place, at, now):
            self._put(project, place._replace(used_at=at))
        elif following is not None and self._reaches(project, following, at):
            self._take_back(project, following)
            self._put(project, following._replace(since=at, used_at=max(following.used_at, at)))
        elif self._has_room(project, at - LEAD_MS, at + UNUSED_MS):
            self._begin(project, at)
        elif place is not None and place.label == OTHER:
            self._put(project, place._replace(used_at=at))
        else:
            self._put(project, Place(at, OTHER, 0, at))

    def _lasts(self, project: int, place: Place, at: int, now: int) -> bool:
        """Whether a place is still held at a later use. One that is free now does not come back."""
        end = at + UNUSED_MS
        if place.label == OTHER or at >= place.end or place.end <= now < end:
            return False
        return self._last_start < place.end or self._has_room(project, place.end, end)

    def _reaches(self, project: int, place: Place, at: int) -> bool:
        """Whether a place can begin earlier, with a use that is found later."""
        is_near = place.label != OTHER and at + UNUSED_MS > place.since
        return is_near and self._has_room(project, at - LEAD_MS, place.since)

    def _has_room(self, project: int, start: int, end: int) -> bool:
        others = (place for own, places in self._places.items() if own != project for place in places)
        return has_room(others, start, end)

    def _begin(self, project: int, at: int) -> None:
        """A new part."""
        if self._texts[project] == OTHER:
            self._texts[project] = project_label(self._folders[project], set(self._texts.values()))
            self._connection.execute(
                "UPDATE tracker_projects SET label = ? WHERE id = ?", (self._texts[project], project)
            )
        label = self._texts[project]
        part = sum(place.label == label for place in self._places[project])
        self._put(project, Place(at, label, part, at))

    def _put(self, project: int, place: Place) -> None:
        places = [known for known in self._places[project] if known.since != place.since]
        self._places[project] = sorted([*places, place])
        self._last_start = max(self._last_start, place.start)
        if places:
            self._several.add(project)
        if not self._read_only:
            self._connection.execute(_SAVE, (project, *place))

    def _take_back(self, project: int, place: Place) -> None:
        self._places[project].remove(place)
        if not self._read_only:
            self._connection.execute(
                "DELETE FROM tracker_project_labels WHERE project = ? AND since = ?", (project, place.since)
            )

    def free_unused(self, used: Iterable[int]) -> None:
        """Free the places of projects that have no session any more: their folders belong to others now."""
        for project in self._places.keys() - set(used):
            for place in self._places[project]:
                if place.used_at:
                    self._put(project, place._replace(used_at=0))

    def exposed(self, at: int) -> tuple[dict[str, Labels], frozenset[Labels]]:
        """By label, the values of the totals that are exposed at a time (ms); and those that are not.

        The place of the others is free, or is not taken yet, or was taken again.
        """
        shown: dict[str, Labels] = {}
        hidden: set[Labels] = set()
        for places in self._places.values():
            latest = next((place for place in reversed(places) if place.label != OTHER and place.start <= at), None)
            for place in places:
                labels = ProjectRef("", place.label, place.part).labels
                if place is latest and place.is_held(at):
                    shown[place.label] = labels
                elif place.label != OTHER:
                    hidden.add(labels)
        return shown, frozenset(hidden)

    def changes(self) -> list[int]:
        """The times (ms) at which a label is exposed for the first time, again, or no longer."""
        places = [place for own in self._places.values() for place in own if place.label != OTHER]
        return sorted({at for place in places for at in (place.start, place.end)})


def hidden_labels(connection: sqlite3.Connection, now: int) -> frozenset[Labels]:
    """The label values of the totals that are not exposed at a time (ms); at almost no cost while all are."""
    query = "SELECT 1 FROM tracker_project_labels WHERE part > 0 OR used_at <= ? LIMIT 1"
    if connection.execute(query, (now - UNUSED_MS,)).fetchone() is None:
        return frozenset()
    return Projects(connection, read_only=True).exposed(now)[1]


def _place_at(places: list[Place], at: int) -> Place:
    """The place at a time, the first one before all."""
    return next((place for place in reversed(places) if place.since <= at), places[0])


_USES = """
SELECT c.project, min(r.at), max(r.at), r.owner FROM tracker_responses r JOIN tracker_conversations c ON c.id = r.owner
WHERE r.counted AND c.project IN (SELECT value FROM json_each(?)) GROUP BY r.owner
"""


def take_places(connection: sqlite3.Connection, projects: Projects, used: Iterable[int]) -> None:
    """Give projects their labels, in the order of their use; those that they have stay."""
    uses: list[tuple[int, int]] = []
    for project, first, last, owner in connection.execute(
        _USES, (msgspec.json.encode(sorted(used)).decode(),)
    ).fetchall():
        uses += [(first, project), (last, project)]
        if last - first >= UNUSED_MS:
            uses += [(at, project) for at in _days_of(connection, owner)]
    for at, project in sorted(uses):
        projects.use(project, at, at)


def _days_of(connection: sqlite3.Connection, owner: int) -> Iterator[int]:
    """A response of each day of a session."""
    rows = connection.execute(
        "SELECT min(at) FROM tracker_responses WHERE counted AND owner = ? GROUP BY at / 86400000", (owner,)
    )
    return (at for (at,) in rows)
