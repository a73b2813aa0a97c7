"""Projects over a year: worktrees belong to their repository, and every project in use has its label."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, to_iso
from exporter.domain.usage.totals import PROJECT_FAMILIES
from exporter.store.usage.projects import Projects
from support.services import shared_dir
from support.tracker import Tracker
from support.transcripts import Record, append, assistant, usage

START = 1_767_225_600_000
"""2026-01-01T00:00Z"""


def answer(number: int, folder: str, at: int, output: int = 1) -> Record:
    used = usage(0, output)
    return assistant(
        f"m{number}",
        request=f"r{number}",
        uuid=f"u{number}",
        session=f"s{number}",
        at=to_iso(at),
        cwd=folder,
        used=used,
    )


def exposed(tracker: Tracker, at: int) -> dict[str, int]:
    """The tokens of each exposed label."""
    _, hidden = Projects(tracker.connection, read_only=True).exposed(at)
    peaks = tracker.peaks()
    return {
        labels[0]: peak
        for (family, labels), peak in peaks.items()
        if family == "project_tokens" and labels not in hidden
    }


class Year:
    """A tracker that lives through a year. `add` writes an answer of each folder and reads it at its time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.number = 0
        self.tracker = Tracker(root / "tracker.db", root / "projects", now=START)
        self.tracker.scan()

    def add(self, day: float, *folders: str, output: int = 1, of: float | None = None) -> dict[str, int]:
        """On a day; `of`: they were written on another, and are found late."""
        self.tracker.now = int(START + day * DAY + HOUR)
        at = int(START + (day if of is None else of) * DAY + HOUR)
        for folder in folders:
            self.number += 1
            append(self.root / "projects" / "x" / f"s{self.number}.jsonl", [answer(self.number, folder, at, output)])
        self.tracker.scan()
        return exposed(self.tracker, self.tracker.now)

    def shown_on(self, day: float) -> set[str]:
        """The labels exposed on a day, by what is known now."""
        shown, _ = Projects(self.tracker.connection, read_only=True).exposed(int(START + day * DAY + HOUR))
        return set(shown)


def test_throw_away_worktrees_use_up_no_label(tmp_path: Path) -> None:
    year = Year(tmp_path)
    for day in range(120):
        year.add(day / 10, f"/w/shop/.claude/worktrees/calm-fox-{day}")
    assert {"shop": 120, "brandnew": 1} == year.add(13, "/w/brandnew")


def test_a_label_is_free_after_ninety_days_and_nobody_elses(tmp_path: Path) -> None:
    year = Year(tmp_path)
    assert {"api": 5} == year.add(0, "/w/api", output=5)
    assert {"api": 5, "b": 1} == year.add(80, "/w/b")
    assert {"b": 2, "x/api": 3} == year.add(100, "/w/b") | year.add(101, "/x/api", output=3)
    assert {"b": 2, "x/api": 3, "api": 7} == year.add(102, "/w/api", output=7), "it comes back, from 0"
    year.tracker.restart()
    year.tracker.derive_all_again()
    assert {"b": 2, "x/api": 3, "api": 7} == exposed(year.tracker, year.tracker.now)
    year.tracker.rebuild()
    assert {"b": 2, "x/api": 3, "api": 7} == exposed(year.tracker, year.tracker.now)
    assert {("project_tokens", ("api",)): 12, ("project_tokens", ("b",)): 2, ("project_tokens", ("x/api",)): 3} == (
        year.tracker.exact("project_tokens")
    )


def test_more_projects_than_places(tmp_path: Path) -> None:
    year = Year(tmp_path)
    year.add(0, *(f"/w/p{number}" for number in range(100)))
    found = year.add(1, "/w/late", output=9)
    assert ("late" in found, found["other"]) == (False, 9)
    found = year.add(50, *(f"/w/p{number}" for number in range(50)), "/w/late")
    assert ("late" in found, found["other"]) == (False, 10)
    found = year.add(91, "/w/late", output=4)
    assert (found["late"], found["other"], found["p0"]) == (4, 10, 2)
    assert "p99" not in found
    assert ("p99" in year.add(92, "/w/p99")) is True
    total = sum(year.tracker.exact("tokens").values())
    assert total == sum(year.tracker.exact("project_tokens").values())


def test_a_first_read_of_a_year_gives_the_projects_in_use_their_labels(tmp_path: Path) -> None:
    number = 0
    for project in range(150):
        for day in range(3):
            number += 1
            at = START + (project * 2 + day) * DAY
            append(tmp_path / "projects" / "x" / f"s{number}.jsonl", [answer(number, f"/w/p{project}", at)])
    now = START + 301 * DAY
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=now) as tracker:
        found = exposed(tracker, now)
        assert {f"p{number}" for number in range(150) if number * 2 + 2 > 301 - 90} == found.keys()
        assert {3} == set(found.values())
        assert PROJECT_FAMILIES == {"project_tokens", "project_cost"}


def test_what_is_found_of_a_free_place_raises_the_counter_of_the_others(tmp_path: Path) -> None:
    year = Year(tmp_path)
    year.add(0, "/w/api", output=5)
    assert {"b": 1} == year.add(120, "/w/b")
    assert {"b": 1, "other": 7} == year.add(121, "/w/api", output=7, of=20)
    assert {"b": 1, "other": 9} == year.add(122, "/w/new", output=2, of=30), "a project that nobody knew"
    exact = {"api": 12, "new": 2, "b": 1}
    assert {("project_tokens", (label,)): value for label, value in exact.items()} == (
        year.tracker.exact("project_tokens")
    )
    assert {"api", "new"} == year.shown_on(105)
    year.tracker.derive_all_again()
    assert {"b": 1, "other": 9} == exposed(year.tracker, year.tracker.now)


def test_a_part_that_ended_is_not_exposed_again(tmp_path: Path) -> None:
    year = Year(tmp_path)
    year.add(0, "/w/api", output=5)
    year.add(95, "/w/b")
    assert {"b": 1, "api": 7} == year.add(100, "/w/api", output=7, of=80), "a new part, from 0"
    assert {"b": 1, "api": 8} == year.add(101, "/w/api")
    assert {"b": 1, "api": 8, "other": 3} == year.add(102, "/w/api", output=3, of=1), "the part that ended"
    assert {("project_tokens", ("api",)): 16, ("project_tokens", ("b",)): 1} == year.tracker.exact("project_tokens")


def test_a_label_begins_with_the_first_use_also_if_that_is_found_later(tmp_path: Path) -> None:
    year = Year(tmp_path)
    year.add(50, "/w/api", output=5)
    assert set() == year.shown_on(40)
    assert {"api": 8} == year.add(51, "/w/api", output=3, of=40)
    assert ({"api"}, set()) == (year.shown_on(40), year.shown_on(39))
    year.tracker.derive_all_again()
    assert {"api": 8} == exposed(year.tracker, year.tracker.now)


@pytest.mark.parametrize("late", [5, 45, 75], ids=["none was free", "free, but taken since", "soon taken"])
def test_what_is_found_late_takes_no_place_of_another(tmp_path: Path, late: int) -> None:
    year = Year(tmp_path)
    year.add(0, *(f"/w/p{number}" for number in range(100)))
    year.add(20, *(f"/w/p{number}" for number in range(50)))
    for day in (91, 95):
        year.add(day, *(f"/w/q{number}" for number in range(50)))
    found = year.add(96, "/w/found", output=4, of=late)
    assert (100, 4) == (len(found) - 1, found["other"])
    assert {100} == {len(year.shown_on(day)) for day in (5, 45, 75, 89, 92, 96)}
    total = sum(year.tracker.exact("tokens").values())
    assert total == sum(year.tracker.exact("project_tokens").values()) == sum(found.values()) + 50


def test_the_case_of_worktrees(tmp_path: Path) -> None:
    case = shared_dir() / "cases" / "worktree-per-session" / "claude" / "projects"
    with Tracker(tmp_path / "tracker.db", case) as tracker:
        assert {"shop", "brandnew"} == {labels[0] for _, labels in tracker.exact("project_tokens")}


@pytest.mark.parametrize("first", ["line", "state"])
def test_what_a_session_says_of_itself(tmp_path: Path, first: str) -> None:
    """A worktree elsewhere, a pull request: entries without a time, written again and again."""
    state = {
        "type": "worktree-state",
        "sessionId": "s1",
        "worktreeSession": {"originalCwd": "/w/shop", "worktreePath": "/tmp/trees/a"},
    }
    links = [
        {
            "type": "pr-link",
            "sessionId": "s1",
            "prNumber": number,
            "prRepository": "ada/shop",
            "prUrl": f"https://github.com/ada/shop/pull/{number}",
        }
        for number in (6, 7)
    ]
    line = answer(1, "/tmp/trees/a/src", START) | {"sessionId": "s1"}
    file = tmp_path / "projects" / "x" / "s1.jsonl"
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=START + HOUR) as tracker:
        for record in [line, state] if first == "line" else [state, line]:
            append(file, [record])
            tracker.scan()
        append(file, links)
        tracker.scan()
        assert {("project_tokens", ("shop",)): 1} == tracker.exact("project_tokens")
        metadata = tracker.sessions()["s1"].metadata
        assert ("github.com/ada/shop", "https://github.com/ada/shop/pull/7") == (
            metadata["repository"],
            metadata["pull_request"],
        )
        tracker.derive_all_again()
        assert {("project_tokens", ("shop",)): 1} == tracker.exact("project_tokens")
        assert metadata == tracker.sessions()["s1"].metadata


def test_a_worktree_is_its_repositorys_for_every_session(tmp_path: Path) -> None:
    """A session that makes two, and another one that only works in the first; whichever comes first."""

    def state(path: str) -> Record:
        return {"type": "worktree-state", "sessionId": "s1",
                "worktreeSession": {"originalCwd": "/w/shop", "worktreePath": path}}  # fmt: skip

    in_first = answer(1, "/tmp/wt/zen", START) | {"sessionId": "s1"}
    in_second = answer(2, "/tmp/wt/two/src", START + HOUR) | {"sessionId": "s1"}
    other = answer(3, "/tmp/wt/zen", START + 2 * HOUR) | {"sessionId": "s2"}
    makes = [state("/tmp/wt/zen"), in_first, state("/tmp/wt/two"), in_second]
    for number, records in enumerate([[*makes, other], [other, *makes], [other, in_first, *makes]]):
        root = tmp_path / str(number)
        with Tracker(root / "tracker.db", root / "projects", now=START + DAY) as tracker:
            for record in records:
                append(root / "projects" / "x" / f"{record['sessionId']}.jsonl", [record])
                tracker.scan()
            assert {("project_tokens", ("shop",)): 3} == tracker.exact("project_tokens")
            tracker.derive_all_again()
            assert {("project_tokens", ("shop",)): 3} == tracker.exact("project_tokens")
