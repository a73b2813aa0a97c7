"""The git commit that is running."""

from __future__ import annotations

from pathlib import Path

from exporter.files import read_file


def source_revision() -> str:
    """The git commit of the checkout this runs from, read from git's files; `unknown` without a checkout."""
    git = Path(__file__).parents[3] / ".git"
    try:
        head = _read(git / "HEAD")
        if not head.startswith("ref: "):
            return head[:12]
        return _read(git / head.removeprefix("ref: "))[:12]
    except OSError:
        return "unknown"


def _read(file: Path) -> str:
    return read_file(file, 1 << 16).decode("utf-8", "replace").strip()
