"""To which conversation and project a response, a prompt and their tokens go, whatever is found first."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from exporter.domain.calendar.timestamp import to_iso
from support.tracker import Tracker
from support.transcripts import Record, agent_progress, append, assistant, prompt, usage

HOUR = 3_600_000
TEN = 1_795_341_600_000

ORIGINAL = [prompt(), assistant()]
FORK = [prompt(session="s2", cwd="/home/dev/fork"), assistant(session="s2", cwd="/home/dev/fork")]


def born(path: Path, seconds: int) -> None:
    """Set a file's birth time where the system has none: its modification time when first seen."""
    os.utime(path, (seconds, seconds))


def sessions(tracker: Tracker) -> dict[str, tuple[int, int]]:
    """Messages and tokens of each session, as other programs read them."""
    rows = tracker.connection.execute("SELECT id, total_messages, estimated_tokens FROM real_sessions")
    return {name: (messages, tokens) for name, messages, tokens in rows}


def projects(tracker: Tracker) -> dict[str, int]:
    return {labels[0]: tokens for (_, labels), tokens in tracker.exact("project_tokens").items()}


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    (tmp_path / "projects").mkdir()
    return Tracker(tmp_path / "tracker.db", tmp_path / "projects")


def read_file(tracker: Tracker, name: str, lines: Sequence[Record], birth: int = 1_000_000_000) -> None:
    """More lines in a file, and a look at it."""
    path = tracker.roots[0] / f"{name}.jsonl"
    append(path, lines)
    born(path, birth)
    tracker.scan()


@pytest.mark.parametrize("order", [("s1", "s2"), ("s2", "s1")], ids=["original first", "fork first"])
def test_the_conversation_of_the_oldest_file_is_credited(tracker: Tracker, order: tuple[str, str]) -> None:
    files = {"s1": (ORIGINAL, 1_000_000_000), "s2": (FORK, 1_000_000_050)}
    with tracker:
        for name in order:
            read_file(tracker, name, *files[name])
        assert {"s1": (2, 30), "s2": (0, 0)} == sessions(tracker)
        assert {"shop": 30} == projects(tracker)


@pytest.mark.parametrize("order", ["oldest first", "youngest first"])
def test_a_conversation_in_two_files_has_the_older_birth_time(tracker: Tracker, order: str) -> None:
    files = [("s1", ORIGINAL, 1_000_000_000), ("s2", FORK, 1_000_000_050), ("again/s1", ORIGINAL, 1_000_000_099)]
    with tracker:
        for name, lines, birth in files if order == "oldest first" else files[::-1]:
            read_file(tracker, name, lines, birth)
        assert {"s1": (2, 30), "s2": (0, 0)} == sessions(tracker)


def test_a_lone_prompt_is_moved_too(tracker: Tracker) -> None:
    with tracker:
        read_file(tracker, "s2", FORK[:1], 1_000_000_050)
        assert {"s2": (1, 0)} == sessions(tracker)
        read_file(tracker, "s1", ORIGINAL[:1], 1_000_000_000)
        assert {"s1": (1, 0), "s2": (0, 0)} == sessions(tracker)


def test_the_project_is_the_first_folder(tracker: Tracker) -> None:
    later = assistant("msg_2", request="req_2", uuid="a2", at=to_iso(TEN + HOUR), cwd="/srv/web")
    with tracker:
        read_file(tracker, "s1", [later])
        assert {"web": 30} == projects(tracker)
        read_file(tracker, "s1", [assistant()])
        assert {"shop": 60} == projects(tracker)
        kept = projects(tracker)
        tracker.derive_all_again()
        assert kept == projects(tracker)


def test_the_project_of_a_response_may_be_known_later(tracker: Tracker) -> None:
    with tracker:
        read_file(tracker, "s1", [agent_progress(assistant()) | {"timestamp": None}])
        assert {"unknown": 30} == projects(tracker), "a line without a time gives no folder"
        read_file(tracker, "s1", [prompt()])
        assert {"shop": 30} == projects(tracker)


def test_folders_with_the_same_name_have_separate_labels(tracker: Tracker) -> None:
    with tracker:
        for number, folder in enumerate(["/home/dev/shop", "/srv/shop", "/home/dev/shop", "/opt/srv/shop"]):
            line = assistant(f"msg_{number}", request=f"req_{number}", session=f"s{number}", cwd=folder)
            read_file(tracker, f"s{number}", [line])
        assert {"shop": 60, "srv/shop": 30, "opt/srv/shop": 30} == projects(tracker)
        tracker.restart()
        tracker.rebuild()
        assert {"shop": 60, "srv/shop": 30, "opt/srv/shop": 30} == projects(tracker), "assigned once, kept forever"


def test_beyond_the_cap_projects_are_other(tracker: Tracker) -> None:
    lines = [
        assistant(f"msg_{number}", request=f"req_{number}", session=f"s{number}", cwd=f"/home/dev/p{number}")
        for number in range(103)
    ]
    with tracker:
        read_file(tracker, "s1", lines)
        assert (101, 90) == (len(projects(tracker)), projects(tracker)["other"])


def test_beyond_the_cap_models_are_other(tracker: Tracker) -> None:
    lines = [assistant(f"msg_{number}", request=f"req_{number}", model=f"model-{number}") for number in range(43)]
    with tracker:
        read_file(tracker, "s1", lines)
        assert 3 == tracker.exact("responses")["responses", ("other", "main")]
        assert 41 == len(tracker.exact("responses"))


def test_contents_of_a_session_row(tracker: Tracker) -> None:
    lines = [
        prompt(at=to_iso(TEN - 1000), entrypoint="cli"),
        assistant(stop=None),
        assistant("msg_2", request="req_2", uuid="a2", at=to_iso(TEN + HOUR), used=usage(1, 2), model="gpt-9"),
    ]
    with tracker:
        read_file(tracker, "s1", lines)
        (row,) = tracker.rows("real_sessions")
    *columns, metadata, block = row
    expected = (
        "s1", "claude_code", "2026-11-22T09:59:59.000Z", "2026-11-22T11:00:00.000Z", None, "/home/dev/shop", "s1",
        3, '["claude-opus-4-5","gpt-9"]', 33, 0,
    )  # fmt: skip
    assert (expected, "2026-11-22T10:00:00.000Z") == (tuple(columns), block)
    row_expected = {
        "source": "transcript",
        "tokens": "lower_bound",
        "entrypoint": "cli",
        "client_version": "2.1.197",
        "effectiveness": 100.0,
    }
    assert row_expected | {"git_branch": "main"} == json.loads(str(metadata))
