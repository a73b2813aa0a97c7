"""The benchmarks run, each figure of them, on 2 MB: what they measure here means nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import trees
from benchmarks.figures import FIGURES
from support.sampling import sample_or_all
from support.services import require_program

pytestmark = pytest.mark.server

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--megabytes", "2", "--pairs", "1", "--appends", "12", "--idle-seconds", "1", "--busy-seconds", "0.5")


SAMPLE = ("first-read", "status", "statusline", "tail", "scrape")
"""Of the figures; all with --long."""
NAMES = sample_or_all(len(SAMPLE), 0)


@pytest.mark.long
def test_every_figure_is_measured_and_written(tmp_path: Path) -> None:
    require_program("npm")  # it fetches the peer
    require_program("chromium")
    written = tmp_path / "figures.json"
    places = ("--json", str(written), "--work", str(tmp_path / "work"), "--before", str(ROOT))
    command = [sys.executable, "-m", "benchmarks", *SMALL, *places, *SAMPLE[:NAMES]]
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    done = subprocess.run(command, check=False, capture_output=True, env=environment, text=True)
    assert 0 == done.returncode, done.stderr
    found = json.loads(written.read_bytes())
    assert {
        "megabytes": 2.0,
        "pairs": 1,
        "appends": 12,
        "idle_seconds": 1.0,
        "busy_seconds": 0.5,
    } == found["sizes"]
    assert len(found["figures"]) == (15 if NAMES else 63)
    assert all(figure["value"]["median"] > 0 for figure in found["figures"] if not _may_be_none(figure))
    assert {
        "first-read", "first-read-memory", "growth", "status", "tail", "scrape", "idle", "wide", "listen", "answers",
        "page", "backfill", "first-figure", "statusline", "before",
        "long-block", "soak",
    } == set(FIGURES)  # fmt: skip


def _may_be_none(figure: Any) -> bool:
    """Whether 0 is a good value, or less: memory may be given back."""
    return figure["unit"] in ("times", "%", "score") or figure["name"].endswith("memory more")


def test_a_seed_determines_its_tree(tmp_path: Path) -> None:
    once, again = (trees.make(tmp_path / name, 0.5, seed=3) for name in ("once", "again"))
    contents = [{path.relative_to(tree): path.read_bytes() for path in tree.rglob("*.jsonl")} for tree in (once, again)]
    assert contents[0] == contents[1]
    assert sum(map(len, contents[0].values())) >= 500_000
