"""A year of one made-up user: throw-away worktrees, and more projects than there are labels, though not at a time.

Some projects come back after months, and some transcripts are found long after they were written.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, to_iso
from support.transcripts import HAIKU, OPUS, SONNET, Record, append, assistant, usage

START = 1_767_225_600_000
"""2026-01-01T00:00Z"""
DAYS = 365
END = START + DAYS * DAY
UNUSED = 90 * DAY
REPOSITORIES = [f"/w/repository-{number}" for number in range(4)]
PROJECTS, WORKTREES = 150, 300
"""The real projects, repositories among them."""
PLACES = 100


class Session(NamedTuple):
    """A use of a folder. `found_at`: when its transcript is there; `project`: what it belongs to."""

    at: int
    found_at: int
    folder: str
    project: str


@dataclass(frozen=True)
class Year:
    """All sessions, and the number of projects in use at its busiest."""

    sessions: list[Session]
    busiest: int

    def found_between(self, start: int, end: int) -> list[Session]:
        """Those that are found in `[start, end)`, ms."""
        return [session for session in self.sessions if start <= session.found_at < end]

    def in_use(self, now: int, known_at: int) -> set[str]:
        """The labels of the projects used in the 90 days until `now`, as is known at `known_at` (ms)."""
        return {
            one.project.removeprefix("/w/")
            for one in self.sessions
            if one.at <= now < one.at + UNUSED and one.found_at <= known_at
        }


def made_year(seed: int) -> Year:
    """A year in which never more than `PLACES` projects are in use, counted from an hour before their use."""
    random = Random(seed)
    uses = sorted(set(_uses(random)))
    kept: list[tuple[int, str]] = []
    last: dict[str, int] = {}
    busiest = 0
    for at, folder in uses:
        held = {project for project, used_at in last.items() if at - HOUR < used_at + UNUSED} | {folder}
        if len(held) <= PLACES:
            kept.append((at, folder))
            last[folder] = at
            busiest = max(busiest, len(held))
    sessions = [Session(at, _found_at(random, at), folder, folder) for at, folder in kept]
    for number in range(WORKTREES):
        at = START + random.randrange(HOUR, (DAYS - 1) * DAY)
        repository = random.choice(REPOSITORIES)
        folder = f"{repository}/.claude/worktrees/calm-fox-{number}"
        sessions.append(Session(at, _found_at(random, at), folder, repository))
    return Year(sorted(sessions), busiest)


def _uses(random: Random) -> Iterator[tuple[int, str]]:
    """Each repository is used all year; a project for some weeks, a quarter of them again after months."""
    for repository in REPOSITORIES:
        for week in range(DAYS // 7):
            yield START + 7 * week * DAY + random.randrange(HOUR, DAY), repository
    for number in range(PROJECTS - len(REPOSITORIES)):
        folder = f"/w/project-{number}"
        begin = START + int(random.triangular(HOUR, 330 * DAY, 130 * DAY))
        while begin < START + (DAYS - 1) * DAY:
            length = random.choice((0, 5, 30)) * DAY
            for _ in range(random.randint(1, 4)):
                at = begin + random.randint(0, length)
                if at < START + (DAYS - 1) * DAY:
                    yield at, folder
            if random.random() < 0.7:
                break
            begin += length + UNUSED + random.choice((-20, 1, 10, 60)) * DAY + random.randrange(DAY)


def _found_at(random: Random, at: int) -> int:
    """Within minutes; of a few, within months."""
    late = random.randrange(DAY, 200 * DAY) if random.random() < 0.03 else random.randrange(MINUTE)
    return min(at + late, END - 2 * HOUR)


def write_session(root: Path, session: Session, random: Random) -> None:
    """Its transcript: a few responses at its time."""
    name = f"{session.at:x}-{zlib.crc32(session.folder.encode()):x}"
    append(root / "p" / f"{name}.jsonl", list(_lines(name, session, random)))


def _lines(name: str, session: Session, random: Random) -> Iterator[Record]:
    for turn in range(random.randint(1, 3)):
        used = usage(
            random.randint(1, 500), random.randint(1, 9_000), cache_read_input_tokens=random.randint(0, 90_000)
        )
        yield assistant(
            f"m{name}-{turn}",
            request=f"r{name}-{turn}",
            uuid=f"u{name}-{turn}",
            session=name,
            at=to_iso(session.at),
            cwd=session.folder,
            model=random.choice((OPUS, SONNET, HAIKU)),
            used=used,
        )
