"""Transcripts in unusual places, and those that the client rewrites."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exporter.sources.transcripts.roots import config_dirs, projects_dirs
from support.services import shared_dir
from support.tracker import Figures, Tracker
from support.transcripts import ABSENT, assistant, prompt, usage, write

LINES = [assistant(f"m{n}", request=f"r{n}", uuid=f"u{n}", session="abc", used=usage(1, n)) for n in range(1, 7)]
ALL = Figures({"claude-opus-4-5": (6, 21)}, responses=6, cost=6 * 5_000 + 21 * 25_000, prompts=1)


@pytest.mark.parametrize("kept", [True, False], ids=["the old one is kept", "not kept"])
def test_a_transcript_that_the_client_rewrote_shorter_costs_nothing(tmp_path: Path, kept: bool) -> None:
    """Under a new inode; where the old one is kept, its lines are the same."""
    file = tmp_path / "projects" / "shop" / "abc.jsonl"
    write(file, [prompt(session="abc"), *LINES[:5]])
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        old = tmp_path / "projects" / "shop" / "abc" / "before-cleanup" / "1795341600000-3f2a.jsonl.replaced"
        old.parent.mkdir(parents=True)
        os.replace(file, old if kept else tmp_path / "gone")
        write(file, LINES[4:])
        tracker.scan()
        assert ALL == tracker.figures()
        tracker.rebuild()
        assert ALL == tracker.figures()


def test_lines_without_a_session_of_a_replaced_file_are_of_its_folders(tmp_path: Path) -> None:
    file = tmp_path / "projects" / "shop" / "abc" / "before-cleanup" / "1-a.jsonl.replaced"
    write(file, [assistant(session=ABSENT)])
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        assert ["abc"] == list(tracker.sessions())


def test_the_case_of_coworks_places(tmp_path: Path) -> None:
    home = shared_dir() / "cases" / "cowork-places" / "home"
    with Tracker(tmp_path / "tracker.db", *projects_dirs(config_dirs({}, home, "linux"))) as tracker:
        figures = tracker.figures()
        assert (4, 100) == (figures.responses, figures.tokens["claude-opus-5"][1])
