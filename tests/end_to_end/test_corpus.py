"""Real transcripts of three clients give the figures that `../shared/corpus/expected.json` states."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from support.services import shared_dir
from support.tracker import Tracker

FOLDERS = {"own-2.1.197": "projects", "own-2.0.76": "projects", "public-spotter-2.1.39": "."}
"""Where each client's transcripts lie in its folder."""


def transcripts(folder: str) -> Path:
    return shared_dir() / "corpus" / folder / FOLDERS[folder]


def expected(folder: str) -> Counter[str]:
    """The stated figures, by the names they have here."""
    truth = json.loads((shared_dir() / "corpus" / "expected.json").read_text(encoding="utf-8"))[folder]
    return Counter(
        {
            "input": truth["input"],
            "output": truth["output"],
            "cache read": truth["cache_read"],
            "cache write 5m": truth["cache_creation"] - truth["of_which_1h"],
            "cache write 1h": truth["of_which_1h"],
            "responses": truth["responses"],
            "incomplete": truth["responses_without_stop_reason"],
            "tool calls": truth["tool_calls"],
            "prompts": truth["prompts"],
            "API errors": truth["api_error_lines"],
        }
    )


def counted(tracker: Tracker) -> Counter[str]:
    found: Counter[str] = Counter(dict.fromkeys(expected("own-2.1.197"), 0))
    names = {"incomplete_responses": "incomplete", "tool_calls": "tool calls", "api_errors": "API errors"}
    for (family, labels), value in tracker.counted().items():
        name = labels[1].replace("_", " ") if family == "tokens" else names.get(family, family)
        if name in found:
            found[name] += value
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_client_alone(tmp_path: Path, folder: str) -> None:
    with Tracker(tmp_path / "tracker.db", transcripts(folder)) as tracker:
        assert expected(folder) == counted(tracker)
        assert tracker.figures().skipped.keys() <= {"synthetic"}, "nothing of the client's own is lost"


def test_all_clients_in_one_tree(tmp_path: Path) -> None:
    for folder in FOLDERS:
        shutil.copytree(transcripts(folder), tmp_path / "projects" / folder)
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        assert sum((expected(folder) for folder in FOLDERS), Counter()) == counted(tracker)


def test_all_clients_in_three_roots_read_one_after_the_other(tmp_path: Path) -> None:
    with Tracker(tmp_path / "tracker.db") as tracker:
        for folder in FOLDERS:
            tracker.roots.append(transcripts(folder))
            tracker.scan()
        assert sum((expected(folder) for folder in FOLDERS), Counter()) == counted(tracker)
