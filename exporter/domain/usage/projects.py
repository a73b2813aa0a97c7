"""Projects: the folder that a session's folder belongs to, and its label, of which there are few at a time.

A project has a place, and with it its label, from its first use until 90 days after its last one. Then the place is
free; a project that comes back takes a free one, or `other`, and its counters begin at 0 again:

    use     x  x x                               x x
    place   [──────────────────)                 [──────…
    part    0                                    1

An old use that is found later belongs to the place of its time, if one was free then. No part that ended is exposed
again: while it is not, what is found of it raises the counter of `other`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from exporter.domain.calendar.timestamp import DAY, HOUR
from exporter.domain.usage.labels import MAX_PROJECTS, OTHER, UNKNOWN

UNUSED_MS = 90 * DAY
"""After so long without use, a place is free."""
LEAD_MS = HOUR
"""In a history, a label is exposed with 0 for so long before its use, so that `increase()` sees its start."""
_WINDOWS = re.compile(r"[A-Za-z]:(?=[\\/]|$)|\\\\")
_WORKTREE = re.compile(r"^(.+?)[\\/]\.claude[\\/]worktrees[\\/][^\\/]+(?:[\\/].*)?$")


class Worktree(NamedTuple):
    """A worktree that the client made. `path`: its folder; `original`: the one it was made from."""

    path: str
    original: str


def project_folder(cwd: str, worktrees: Mapping[str, str] = MappingProxyType({})) -> str:
    """The folder of the project in which a session started: that of the repository for a worktree of Claude's.

    The same folder is written in several ways: with another case of the drive letter, other slashes, a trailing one.
    `worktrees`: the folders from which worktrees elsewhere were made, by their paths.
    """
    folder = plain_folder(cwd)
    above = next((path for path in with_parents(folder) if path in worktrees), None)
    if above is not None:
        folder = plain_folder(worktrees[above])
    found = _WORKTREE.match(folder)
    return found[1] if found is not None else folder


def with_parents(folder: str) -> Iterator[str]:
    """The folder and those above it."""
    while folder:
        yield folder
        folder = folder[: max(folder.rfind("/"), folder.rfind("\\"), 0)]


def plain_folder(path: str) -> str:
    """The folder in the one way in which it is stored."""
    if _WINDOWS.match(path):
        path = path.replace("/", "\\")
        start = 2 if path.startswith("\\\\") else 0
        path = path[:start] + re.sub(r"\\{2,}", r"\\", path[start:])
        plain = path.rstrip("\\")
        plain = f"{plain}\\" if plain.endswith(":") else plain
        return plain[:1].upper() + plain[1:] or path
    return re.sub("/{2,}", "/", path).rstrip("/") or path


class ProjectRef(NamedTuple):
    """A project as usage has it. `name`: its own label, the folder if it never had one; reports go by it.

    `label`: at the time of the use. `part`: how often that restarted at 0 before.
    """

    name: str
    label: str
    part: int = 0

    @property
    def labels(self) -> tuple[str, ...]:
        """Its label values in the stored totals: each part has totals of its own."""
        return (self.label, str(self.part)) if self.part else (self.label,)


UNKNOWN_PROJECT = ProjectRef(UNKNOWN, UNKNOWN)


class Place(NamedTuple):
    """A label of a project from a time (ms) on. `used_at`: its last use."""

    since: int
    label: str
    part: int
    used_at: int

    @property
    def start(self) -> int:
        """From then on it takes up a place, and its counters are exposed."""
        return self.since - LEAD_MS

    @property
    def end(self) -> int:
        """From then on its place is free."""
        return self.used_at + UNUSED_MS

    def is_held(self, at: int) -> bool:
        """Whether it takes up a place at a time (ms)."""
        return self.label != OTHER and self.start <= at < self.end


def has_room(places: Iterable[Place], start: int, end: int) -> bool:
    """Whether one more project can have a label in all of `[start, end)`, ms. `places`: of the others."""
    held = [place for place in places if place.label != OTHER and place.start < end and place.end > start]
    if len(held) < MAX_PROJECTS:
        return True
    times = (max(place.start, start) for place in held)
    return all(sum(place.is_held(at) for place in held) < MAX_PROJECTS for at in times)
