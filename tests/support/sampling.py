"""How much of its work a test marked `long` does."""

from __future__ import annotations

import os

LONG = "CLAUDE_TRACKER_LONG_TESTS"
"""Set by `--long`, before any test is collected."""


def sample_or_all(sample: int, everything: int) -> int:
    """`everything` with `--long`, else `sample`, which takes at most 60 s."""
    return everything if os.environ.get(LONG) == "1" else sample
