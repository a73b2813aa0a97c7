"""The cases of public reports about transcripts, where the folder with them exists."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exporter.domain.calendar.timestamp import DAY
from support.services import shared_dir
from support.tracker import Figures, Tracker

FABLE, SONNET, OPUS = "claude-fable-5", "claude-sonnet-5", "claude-opus-5"

CASES = [
    pytest.param(
        "gateway-same-message-id",
        Figures({"some-model": (100, 1000)}, responses=4, unpriced=1100, prompts=4),
        id="a relay gives every answer one message id",
    ),
    pytest.param("queued-prompts", Figures({OPUS: (3, 300)}, 3, 7_515_000, prompts=3), id="prompts typed meanwhile"),
    pytest.param(
        "refusal-fallback",
        Figures(
            {FABLE: (5000, 40, 1000), "claude-opus-4-8": (5000, 600, 2000), SONNET: (400, 200)},
            responses=2,
            cost=53_000_000 + 41_000_000 + 2_800_000,
        ),
        id="attempts before a fallback",
    ),
    pytest.param(
        "torn-lines", Figures({OPUS: (5, 170)}, 5, 4_275_000, skipped={"malformed": 1}), id="records without newlines"
    ),
    pytest.param(
        "user-lines-nobody-typed", Figures({OPUS: (2, 200)}, 2, 5_010_000, prompts=1), id="the client's own words"
    ),
]


@pytest.mark.parametrize(("case", "expected"), CASES)
def test_each_case_gives_its_right_figures(tmp_path: Path, case: str, expected: Figures) -> None:
    with Tracker(tmp_path / "tracker.db", shared_dir() / "cases" / case / "claude" / "projects") as tracker:
        assert expected == tracker.figures()


def test_a_last_line_without_newline(tmp_path: Path) -> None:
    case = next((shared_dir() / "cases" / "last-line-without-newline").rglob("*.jsonl"))
    *lines, last = case.read_bytes().split(b"\n")[:3]
    third, fourth = last.split(b"}{")
    file = tmp_path / "projects" / "-w-proj" / case.name
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\n".join([*lines, third + b"}"]))
    last_week = 1_795_000_000_000
    os.utime(file, ns=(last_week * 1_000_000, last_week * 1_000_000))
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=last_week + 7 * DAY) as tracker:
        assert (3, 60) == (tracker.figures().responses, tracker.figures().tokens[OPUS][1])
        with file.open("ab") as grown:
            grown.write(b"{" + fourth + b"\n")
        tracker.scan()
        assert (4, 100) == (tracker.figures().responses, tracker.figures().tokens[OPUS][1])
