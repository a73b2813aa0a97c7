"""The git commit that is running."""

from __future__ import annotations

from pathlib import Path


def source_revision() -> str:
    """The git commit of the checkout this runs from, read from git's files; `unknown` without a checkout."""
    git = Path(__file__).parents[3] / ".git"
    try:
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head[:12]
        return (git / head.removeprefix("ref: ")).read_text().strip()[:12]
    except OSError:
        return "unknown"
