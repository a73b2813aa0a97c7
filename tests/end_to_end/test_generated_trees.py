"""Large generated trees with known totals, read in every order."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.calendar import timestamp
from exporter.domain.usage.tokens import Tokens, add_up
from exporter.store.usage.labels import Labels
from exporter.store.usage.responses import usage_between
from support.tracker import Tracker
from support.trees import Tree, made

pytestmark = pytest.mark.no_cover  # many lines of few kinds, which other tests cover

NANO = 10**9


@pytest.fixture(scope="module", params=[7, 11, 23], ids=lambda seed: f"seed {seed}")
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """20 MB; each seed is another tree."""
    return made(tmp_path_factory.mktemp("tree"), 20, request.param)


@pytest.fixture(scope="module")
def small_tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """1 MB."""
    return made(tmp_path_factory.mktemp("small"), 1, 5)


@pytest.fixture
def tracker_of_tree(tree: Tree, tmp_path: Path) -> Iterator[Tracker]:
    """A tracker that found the tree as it is."""
    with Tracker(tmp_path / "whole.db", tree.projects) as tracker:
        yield tracker


def in_the_truths_words(tokens: Tokens) -> dict[str, int]:
    return {
        "input_tokens": tokens.input,
        "output_tokens": tokens.output,
        "cache_creation_input_tokens": tokens.cache_write_5m + tokens.cache_write_1h,
        "cache_read_input_tokens": tokens.cache_read,
    }


def use_by_model(tracker: Tracker, start: int, end: int) -> dict[str, tuple[dict[str, int], int]]:
    """Tokens in the truth's words, and cost in nano-dollars."""
    parts = list(usage_between(tracker.connection, Labels(tracker.connection), start, end))
    return {
        model: (
            in_the_truths_words(add_up(part.tokens for part in parts if part.model == model)),
            sum(part.cost for part in parts if part.model == model),
        )
        for model in {part.model for part in parts}
    }


def to_the_cent(dollars: float) -> Any:
    return pytest.approx(dollars, abs=0.005, rel=0)


def test_totals_responses_and_cost(tree: Tree, tracker_of_tree: Tracker) -> None:
    use = use_by_model(tracker_of_tree, 0, 1 << 60)
    totals = {key: sum(tokens[key] for tokens, _ in use.values()) for key in tree.truth["totals"]}
    assert tree.truth["totals"] == totals
    assert tree.truth["messages"] == tracker_of_tree.figures().responses
    assert to_the_cent(tree.truth["cost"]) == tracker_of_tree.figures().cost / NANO
    assert 0 == tracker_of_tree.figures().unpriced


def test_totals_of_each_model(tree: Tree, tracker_of_tree: Tracker) -> None:
    expected = {model[:-9]: tokens for model, tokens in tree.truth["models"].items()}  # without the date
    assert expected == {model: tokens for model, (tokens, _) in use_by_model(tracker_of_tree, 0, 1 << 60).items()}


def test_totals_and_cost_of_each_day_and_model(tree: Tree, tracker_of_tree: Tracker) -> None:
    for date, models in tree.truth["days"].items():
        start = timestamp.to_ms(datetime.fromisoformat(date).replace(tzinfo=UTC))
        found = use_by_model(tracker_of_tree, start, start + timestamp.DAY)
        assert {model[:-9] for model in models} == found.keys(), date
        for model, model_truth in models.items():
            tokens, cost = found[model[:-9]]
            assert model_truth == tokens | {"cost": to_the_cent(cost / NANO)}, (date, model)


def test_a_second_scan_adds_and_writes_nothing(tracker_of_tree: Tracker) -> None:
    before = (
        tracker_of_tree.sequence,
        tracker_of_tree.exact(),
        tracker_of_tree.peaks(),
        tracker_of_tree.connection.total_changes,
    )
    report = tracker_of_tree.scan()
    assert (0, 0, 0) == (report.files, report.lines, report.bytes_read)
    assert before == (
        tracker_of_tree.sequence,
        tracker_of_tree.exact(),
        tracker_of_tree.peaks(),
        tracker_of_tree.connection.total_changes,
    )


def test_a_second_start_adds_and_writes_nothing(tracker_of_tree: Tracker) -> None:
    sequence, exact = tracker_of_tree.sequence, tracker_of_tree.exact()
    report = tracker_of_tree.restart()
    assert (0, 0, 0) == (report.files, report.lines, report.bytes_read)
    assert (sequence, exact, 0) == (
        tracker_of_tree.sequence,
        tracker_of_tree.exact(),
        tracker_of_tree.connection.total_changes,
    )


@pytest.mark.parametrize("at_a_time", [1, 3, 20])
def test_files_in_any_order(tree: Tree, tracker_of_tree: Tracker, tmp_path: Path, at_a_time: int) -> None:
    files = tree.files()
    random.Random(at_a_time).shuffle(files)
    root = tmp_path / "projects"
    with Tracker(tmp_path / "shuffled.db", root) as tracker:
        for first in range(0, len(files), at_a_time):
            for file in files[first : first + at_a_time]:
                copy = root / file.relative_to(tree.projects)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, copy)
            tracker.scan()
        assert tracker_of_tree.lasting() == tracker.lasting()


def test_duplicated_files_add_nothing(tree: Tree, tracker_of_tree: Tracker, tmp_path: Path) -> None:
    before = tracker_of_tree.counted()
    tracker_of_tree.roots.append(shutil.copytree(tree.projects, tmp_path / "again"))
    report = tracker_of_tree.scan()
    assert len(tree.files()) == report.files
    assert before == tracker_of_tree.counted()


@pytest.mark.parametrize("seed", [1, 2])
def test_one_line_at_a_time(small_tree: Tree, tmp_path: Path, seed: int) -> None:
    """Lines of all files are written in a random interleaving, with looks now and then, and at last a rebuild."""
    chance = random.Random(seed)
    root = tmp_path / "projects"
    left = {file.relative_to(small_tree.projects): file.read_bytes().splitlines(True) for file in small_tree.files()}
    with Tracker(tmp_path / "whole.db", small_tree.projects) as tracker_of_tree:
        expected = tracker_of_tree.lasting()
    with Tracker(tmp_path / "slow.db", root) as tracker:
        while left:
            name = chance.choice(sorted(left))
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            with (root / name).open("ab") as file:
                file.write(left[name].pop(0))
            if not left[name]:
                del left[name]
            if chance.random() < 0.5:
                tracker.scan()
        tracker.scan()
        assert expected == tracker.lasting()
        tracker.rebuild()
        assert expected == tracker.lasting()
