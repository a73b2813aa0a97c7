"""The benchmarks run at all: small, and without the peer, which has to be fetched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks import trees

ROOT = Path(__file__).parent.parent


def test_a_figure_is_measured_and_written(tmp_path: Path) -> None:
    written = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "first-read-memory", "--megabytes", "1", "--json", str(written)]
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    subprocess.run([*command, "--work", str(tmp_path / "work")], check=True, capture_output=True, env=environment)
    (figure,) = json.loads(written.read_bytes())["figures"]
    assert ("first read: memory of all processes", "MB", 100) == (figure["name"], figure["unit"], figure["bar"])
    assert figure["value"]["median"] > 5


def test_a_seed_tells_its_tree(tmp_path: Path) -> None:
    once, again = (trees.make(tmp_path / name, 0.5, seed=3) for name in ("once", "again"))
    contents = [{path.relative_to(tree): path.read_bytes() for path in tree.rglob("*.jsonl")} for tree in (once, again)]
    assert contents[0] == contents[1]
    assert sum(map(len, contents[0].values())) >= 500_000
