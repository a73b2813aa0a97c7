"""Where transcripts are looked for, and which files below are transcripts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from exporter.sources.transcripts.roots import config_dirs, find_transcripts, is_transcript, projects_dirs
from support.tracker import Figures, Tracker
from support.transcripts import assistant, write

COWORK = "local-agent-mode-sessions/org1/user1/local_1/.claude"

PLACES = [
    pytest.param("linux", {}, [".claude", ".config/claude"], id="Linux"),
    pytest.param("darwin", {}, [".claude", ".config/claude"], id="macOS"),
    pytest.param("win32", {}, [".claude", ".config/claude"], id="Windows without its variables"),
    pytest.param("linux", {"XDG_CONFIG_HOME": "~/xdg"}, [".claude", "xdg/claude"], id="XDG_CONFIG_HOME"),
    pytest.param("linux", {"XDG_CONFIG_HOME": ""}, [".claude", ".config/claude"], id="an empty XDG_CONFIG_HOME"),
    pytest.param("linux", {"CLAUDE_CONFIG_DIR": "~/mine"}, ["mine"], id="CLAUDE_CONFIG_DIR replaces both"),
    pytest.param("linux", {"CLAUDE_CONFIG_DIR": "~/b, ~/a ,,"}, ["b", "a"], id="it is a list"),
    pytest.param("linux", {"CLAUDE_CONFIG_DIR": "~/a,~/b,~/a/,~/b/../a"}, ["a", "b"], id="each folder once, in order"),
    pytest.param("linux", {"CLAUDE_CONFIG_DIR": " , "}, [".claude", ".config/claude"], id="a list of nothing"),
]


@pytest.mark.parametrize(("platform", "environment", "expected"), PLACES)
def test_config_folders_of_claude_code(
    home: Path, platform: str, environment: dict[str, str], expected: list[str]
) -> None:
    variables = {name: value.replace("~", str(home)) for name, value in environment.items()}
    assert [home / place for place in expected] == config_dirs(variables, home, platform)


@pytest.mark.parametrize(
    ("platform", "environment", "data"),
    [
        pytest.param("linux", {}, ".config/Claude", id="Linux"),
        pytest.param("linux", {"XDG_CONFIG_HOME": "~/xdg"}, "xdg/Claude", id="Linux with XDG_CONFIG_HOME"),
        pytest.param("darwin", {}, "Library/Application Support/Claude", id="macOS"),
        pytest.param("win32", {"APPDATA": "~/Roaming"}, "Roaming/Claude", id="Windows"),
        pytest.param(
            "win32",
            {"LOCALAPPDATA": "~/Local"},
            "Local/Packages/Claude_abc/LocalCache/Roaming/Claude",
            id="Windows, from its store",
        ),
        pytest.param("linux", {}, ".config/Claude-3p", id="another provider's"),
        pytest.param("darwin", {}, "Library/Application Support/Claude-3p", id="another provider's on macOS"),
        pytest.param("win32", {"LOCALAPPDATA": "~/Local"}, "Local/Claude-3p", id="another provider's on Windows"),
    ],
)
def test_desktops_sessions_are_folders_too(home: Path, platform: str, environment: dict[str, str], data: str) -> None:
    variables = {name: value.replace("~", str(home)) for name, value in environment.items()}
    (home / data / COWORK).mkdir(parents=True)
    (home / data / COWORK).parent.with_name("other_1").mkdir()
    assert [home / data / COWORK] == config_dirs(variables, home, platform)[2:]
    assert home / data / COWORK in config_dirs(variables | {"CLAUDE_CONFIG_DIR": str(home / "mine")}, home, platform)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param("o/a/local_1", True, id="Cowork"),
        pytest.param("o/a/agent/local_ditto_o", True, id="Dispatch, a folder deeper"),
        pytest.param("local_1", True, id="less deep"),
        pytest.param("o/a/b/c/d/e/local_1", True, id="deeper than any known"),
        pytest.param("o/a/local_1/outputs/local_2", False, id="what a session made is not searched"),
        pytest.param("o/a/other_1", False, id="another folder"),
        pytest.param("a/b/c/d/e/f/g/local_1", False, id="deeper than sought"),
    ],
)
def test_desktops_sessions_at_every_depth(home: Path, place: str, expected: bool) -> None:
    session = home / ".config" / "Claude" / "local-agent-mode-sessions" / place / ".claude"
    session.mkdir(parents=True)
    assert ([session] if expected else []) == config_dirs({}, home, "linux")[2:]


def test_a_folder_reached_twice_counts_once(home: Path) -> None:
    (home / ".claude").mkdir()
    (home / "link").symlink_to(home / ".claude")
    variables = {"CLAUDE_CONFIG_DIR": f"{home}/link,{home}/.claude"}
    assert [home / "link"] == config_dirs(variables, home, "linux")


def test_transcripts_are_in_projects(home: Path) -> None:
    assert [home / "a" / "projects", home / "b" / "projects"] == projects_dirs([home / "a", home / "b"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("7c3c8b3d-cfc7-4597-b09d-878eb96f99ea.jsonl", True, id="a session"),
        pytest.param("agent-a3487ff5c95919320.jsonl", True, id="a subagent"),
        pytest.param("agent-acompact-e1f845.jsonl", True, id="a compaction"),
        pytest.param("journal.jsonl", False, id="a workflow's journal"),
        pytest.param("audit.jsonl", False, id="Cowork's audit"),
        pytest.param("agent-a3487ff5c95919320.meta.json", False, id="a description"),
        pytest.param("s1.jsonl.bak", False, id="a copy"),
        pytest.param("1795341600000-3f2a.jsonl.replaced", True, id="what the client replaced by a shorter one"),
    ],
)
def test_which_names_are_transcripts(name: str, expected: bool) -> None:
    assert expected == is_transcript(name)


def found(root: Path) -> set[str]:
    """The transcripts below, by their paths from the root; an error fails the test."""

    def fail(error: OSError) -> None:
        raise AssertionError(str(error))

    return {os.path.relpath(entry.path, root) for entry in find_transcripts(root, fail)}


def test_the_walk_has_any_depth_and_skips_other_files(tmp_path: Path) -> None:
    names = {"a/s1.jsonl", "a/s1/subagents/agent-1.jsonl", "a/s1/subagents/workflows/w1/agent-2.jsonl"}
    for name in {*names, "a/s1/subagents/workflows/w1/journal.jsonl", "a/audit.jsonl", "a/notes.txt"}:
        write(tmp_path / name, [])
    (tmp_path / "a" / "folder.jsonl").mkdir()
    assert names == found(tmp_path)


@pytest.mark.parametrize("root", ["absent", "s1.jsonl"])
def test_a_root_that_is_not_a_folder_holds_nothing(tmp_path: Path, root: str) -> None:
    write(tmp_path / "s1.jsonl", [])
    assert set() == found(tmp_path / root)


@pytest.mark.parametrize(
    ("link", "target", "expected"),
    [
        pytest.param("a/up", "..", {"a/s1.jsonl"}, id="a link to the root"),
        pytest.param("a/here", ".", {"a/s1.jsonl", "a/here/s1.jsonl"}, id="a link to its own folder is entered once"),
        pytest.param("a/itself", "itself", {"a/s1.jsonl"}, id="a link to itself"),
        pytest.param("a/itself.jsonl", "itself.jsonl", {"a/s1.jsonl"}, id="a transcript that is a link to itself"),
        pytest.param("a/broken.jsonl", "nothing", {"a/s1.jsonl"}, id="a broken link"),
        pytest.param("a/s2.jsonl", "s1.jsonl", {"a/s1.jsonl", "a/s2.jsonl"}, id="a link to a file"),
        pytest.param("b", "../elsewhere", {"a/s1.jsonl", "b/s9.jsonl"}, id="a link out of the tree"),
    ],
)
def test_links_are_followed_without_end_or_error(tmp_path: Path, link: str, target: str, expected: set[str]) -> None:
    root = tmp_path / "projects"
    write(root / "a" / "s1.jsonl", [])
    write(tmp_path / "elsewhere" / "s9.jsonl", [])
    (root / link).symlink_to(target)
    assert expected == found(root)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_a_pipe_is_not_a_transcript(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "s1.jsonl")  # opening it would wait for a writer
    assert set() == found(tmp_path)
    with Tracker(tmp_path / "tracker.db", tmp_path) as tracker:
        assert (0, ()) == (tracker.scan_files(tmp_path / "s1.jsonl").files, tracker.scan().errors)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_hides_no_other(tmp_path: Path) -> None:
    write(tmp_path / "a" / "s1.jsonl", [])
    write(tmp_path / "b" / "s2.jsonl", [])
    (tmp_path / "a").chmod(0)
    errors: list[OSError] = []
    entries = [entry.name for entry in find_transcripts(tmp_path, errors.append)]
    (tmp_path / "a").chmod(0o700)
    assert (["s2.jsonl"], 1) == (entries, len(errors))


def test_links_in_a_tree_change_no_figures(tmp_path: Path) -> None:
    root = tmp_path / "projects"
    write(root / "a" / "s1.jsonl", [assistant()])
    (root / "a" / "loop").symlink_to("..")
    (root / "a" / "itself.jsonl").symlink_to("itself.jsonl")
    (root / "b").symlink_to("a")
    with Tracker(tmp_path / "tracker.db", root) as tracker:
        assert () == tracker.scan().errors
        assert Figures({"claude-opus-4-5": (10, 20)}, responses=1, cost=550_000) == tracker.figures()
        (root / "a" / "s1.jsonl").unlink()
        tracker.scan()
        assert tracker.exact("ingest_file_changes"), "a loop does not hide that files were deleted"
