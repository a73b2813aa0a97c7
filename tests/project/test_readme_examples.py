"""Every shell example of the README is one that a test runs, in a clean clone or installation with an empty home."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN_IN = {
    "./start.sh install": ("project/test_install.py", '"install")'),
    "claude-tracker setup": ("project/test_install.py", '"setup", "--yes"'),
    "claude-tracker open": ("project/test_install.py", '"open"'),
    "./start.sh": ("project/test_newcomer.py", "start.sh"),
    "./start.sh test": ("../.ci/run", "./start.sh test"),
    "./start.sh stack": ("dashboards/test_stack.py", '"stack"'),
    "./start.sh backfill --load prometheus": ("backfill/test_seam.py", '"--load", "prometheus"'),
}
"""The test that runs the example, and the words with which it does."""


def examples() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_the_readme_has_these_examples() -> None:
    assert sorted(RUN_IN) == sorted(examples())


@pytest.mark.parametrize("example", RUN_IN)
def test_a_test_runs_the_example(example: str) -> None:
    file, words = RUN_IN[example]
    assert words in (ROOT / "tests" / file).read_text(encoding="utf-8")
