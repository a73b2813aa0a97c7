"""Golden files: what a test expects, as a file. CLAUDE_TRACKER_UPDATE_GOLDEN=1 writes them again."""

from __future__ import annotations

import os
from pathlib import Path

UPDATES = os.environ.get("CLAUDE_TRACKER_UPDATE_GOLDEN") == "1"


def compare(file: Path, found: str) -> None:
    """Fails where the file has another text."""
    if UPDATES:
        file.parent.mkdir(exist_ok=True)
        file.write_text(found, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == found, (
        "see the difference; CLAUDE_TRACKER_UPDATE_GOLDEN=1 writes it again"
    )
