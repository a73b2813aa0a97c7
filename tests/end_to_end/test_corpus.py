"""Real transcripts of four clients give the figures that `expected.json` in `../shared/corpus` states."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.usage.amount import add_up
from exporter.domain.usage.client_total import Use
from exporter.snapshot.sessions.story import session_story
from exporter.sources.transcripts.story import read_story
from exporter.store.reader import Reader
from exporter.store.usage import client_totals
from support.services import shared_dir
from support.tracker import Tracker

FOLDERS = {"own-2.1.197": "projects", "own-2.0.76": "projects", "public-spotter-2.1.39": "."}
NEWEST = "own-2.1.332"
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


@pytest.mark.parametrize(("folder", "failed", "compactions"), [(NEWEST, 3, 2), ("own-2.1.197", 0, 1)])
def test_the_story_of_each_session(tmp_path: Path, folder: str, failed: int, compactions: int) -> None:
    """It has the figures of the session's row, each turn has its prompt, and each subagent its responses."""
    with Tracker(tmp_path / "tracker.db", shared_dir() / "corpus" / folder / "projects") as tracker:
        reader, rows = Reader(tracker.database), tracker.sessions()
        stories = [story for name in rows if (story := session_story(reader, name, read_story, texts=True))]
    assert {name: row.estimated_tokens for name, row in rows.items()} == {
        story.head.session_id: story.amount.tokens.total for story in stories
    }
    for story in stories:
        assert "read" == story.transcript
        assert story.amount == add_up(turn.amount for turn in story.turns)
        assert story.subagents == add_up(agent.amount for agent in story.agents if agent.amount is not None)
        assert [] == [turn.at for turn in story.turns if turn.is_typed and not turn.prompt]
    assert (failed, compactions) == (
        sum(tool.errors or 0 for story in stories for tool in story.tools),
        sum(len(story.compactions or ()) for story in stories),
    )


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


def newest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared_dir() / "corpus" / NEWEST / "expected.json").read_text(encoding="utf-8"))
    return found


def test_the_client_of_2026_11_24(tmp_path: Path) -> None:
    """Against what its API sent of what is in the transcripts."""
    truth = newest()
    names = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
    expected = Counter(
        {
            (model.removesuffix("-20250514"), name): used[name]
            for model, used in truth["truth_of_what_is_in_the_transcripts"].items()
            for name in names
        }
    )
    for model, used in truth["advisors_by_model"].items():
        expected.update({(model, name): used[name] for name in names})
    with Tracker(tmp_path / "tracker.db", shared_dir() / "corpus" / NEWEST / "projects") as tracker:
        tokens: Counter[tuple[str, str]] = Counter()
        for (_, (model, token_type, _)), value in tracker.exact("tokens").items():
            tokens[model, token_type] += value
        assert +expected == +tokens
        figures = tracker.figures()
        assert (164, 5, 76) == (figures.responses, figures.incomplete, figures.prompts)
        assert (91, 13) == (sum(figures.tool_calls.values()), sum(figures.api_errors.values()))
        assert figures.skipped.keys() <= {"synthetic"}


def without_request_ids(source: Path, target: Path) -> Path:
    for path in source.rglob("*.jsonl"):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(re.sub(rb',?"requestId":"[^"]*"', b"", path.read_bytes()))
    return target


@pytest.mark.parametrize("folder", [*FOLDERS, NEWEST])
def test_without_request_ids_the_figures_are_the_same(tmp_path: Path, folder: str) -> None:
    source = shared_dir() / "corpus" / folder / FOLDERS.get(folder, "projects")
    target = without_request_ids(source, tmp_path / "projects")
    with Tracker(tmp_path / "with.db", source) as known, Tracker(tmp_path / "without.db", target) as found:
        assert known.counted() == found.counted()
        found.rebuild()
        assert known.counted() == found.counted()


def test_what_the_newest_client_reports_and_its_transcripts_do_not_hold(tmp_path: Path) -> None:
    """Two compactions, a question aside and a web search's own call, against the API's log. Totals are untouched."""
    with Tracker(tmp_path / "tracker.db", shared_dir() / "corpus" / NEWEST / "projects") as tracker:
        found = client_totals.load(tracker.connection)
        with_entries = tracker.counted()
        tracker.rebuild()
        tracker.scan()
        assert found == client_totals.load(tracker.connection)
    without = tmp_path / "projects"
    shutil.copytree(shared_dir() / "corpus" / NEWEST / "projects", without)
    for path in without.rglob("*.jsonl"):
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(line for line in lines if b'"type":"cost-state"' not in line))
    with Tracker(tmp_path / "without.db", without) as tracker:
        assert with_entries == tracker.counted()
        none = client_totals.load(tracker.connection)
    # tokens: input, output, cache read, cache written
    assert {"claude-sonnet-4-5": Use((577, 2_522, 65_650, 9_530), 114_264_750)} == found.models
    assert (41, 42) == (found.with_total, found.sessions)
    assert ({}, 0, 42) == (none.models, none.with_total, none.sessions)
