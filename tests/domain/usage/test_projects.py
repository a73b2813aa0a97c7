"""Folders that are one project, and the places that projects take up with their labels."""

from __future__ import annotations

import pytest

from exporter.domain.usage.projects import Place, has_room, project_folder

DAYS = 86_400_000
HOURS = 3_600_000


@pytest.mark.parametrize(
    ("cwd", "expected"),
    [
        pytest.param("/w/shop", "/w/shop", id="a folder"),
        pytest.param("/w/shop/", "/w/shop", id="a slash at the end"),
        pytest.param("/w//shop", "/w/shop", id="two slashes"),
        pytest.param("/", "/", id="the root"),
        pytest.param("/w/shop/.claude/worktrees/calm-fox-1", "/w/shop", id="a worktree of Claude's"),
        pytest.param("/w/shop/.claude/worktrees/a/src/api", "/w/shop", id="a folder inside it"),
        pytest.param("/w/shop/.claude/worktrees/", "/w/shop/.claude/worktrees", id="the folder of worktrees is none"),
        pytest.param("/w/.claude/worktrees/a/.claude/worktrees/b", "/w", id="a worktree in a worktree"),
        pytest.param("/w/worktrees/a", "/w/worktrees/a", id="somebody's own worktree"),
        pytest.param(r"c:\w\shop", r"C:\w\shop", id="the case of a drive letter"),
        pytest.param("C:/w/shop/", r"C:\w\shop", id="slashes on Windows"),
        pytest.param("c:\\w\\\\shop\\", r"C:\w\shop", id="two and at the end"),
        pytest.param("c:/", "C:\\", id="a drive"),
        pytest.param(r"C:\w\shop\.claude\worktrees\a", r"C:\w\shop", id="a worktree there"),
        pytest.param("//server/share/x", "/server/share/x", id="two slashes at the start are one here"),
        pytest.param(r"\\server\share\x" + "\\", r"\\server\share\x", id="a share"),
        pytest.param("/w/Shop", "/w/Shop", id="the case of a name counts"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_the_same_folder_is_one_project(cwd: str, expected: str) -> None:
    assert expected == project_folder(cwd)
    assert expected == project_folder(expected), "again"


@pytest.mark.parametrize(
    ("cwd", "expected"),
    [
        pytest.param("/tmp/trees/a", "/w/shop", id="the worktree's folder"),
        pytest.param("/tmp/trees/a/src", "/w/shop", id="one inside it"),
        pytest.param("/tmp/trees/ab", "/tmp/trees/ab", id="another"),
        pytest.param("/w/site", "/w/site", id="a session that started elsewhere"),
    ],
)
def test_a_worktree_elsewhere_belongs_to_the_folder_it_was_made_from(cwd: str, expected: str) -> None:
    assert expected == project_folder(cwd, {"/tmp/trees/a": "/w/shop/.claude/worktrees/b"})


def test_a_place_is_held_from_an_hour_before_its_use_until_ninety_days_after_its_last_one() -> None:
    place = Place(10 * DAYS, "shop", 0, 20 * DAYS)
    times = (10 * DAYS - HOURS - 1, 10 * DAYS - HOURS, 110 * DAYS - 1, 110 * DAYS)
    assert [False, True, True, False] == [place.is_held(at) for at in times]
    assert not any(place._replace(label="other").is_held(at) for at in times)


def test_there_are_a_hundred_places() -> None:
    held = [Place(0, str(number), 0, number * DAYS) for number in range(100)]
    assert [False, True, True] == [has_room(held, day * DAYS, day * DAYS + 1) for day in (89, 90, 300)]
    assert has_room([*held[:99], Place(0, "other", 0, 50 * DAYS)], 50 * DAYS, 60 * DAYS), "the rest takes up none"


def test_there_is_room_only_if_a_place_is_free_all_the_time() -> None:
    early = [Place(0, f"early {number}", 0, 0) for number in range(60)]
    late = [Place(100 * DAYS, f"late {number}", 0, 100 * DAYS) for number in range(60)]
    full = [Place(95 * DAYS, f"full {number}", 0, 95 * DAYS) for number in range(40)]
    assert has_room([*early, *late], 0, 190 * DAYS), "never more than 60 at once"
    assert not has_room([*early, *late, *full], 80 * DAYS, 101 * DAYS), "100 of them on the last day"
    assert has_room([*early, *late, *full], 0, 100 * DAYS - HOURS), "until the last of them begins"
