"""What holds for every test: it sees no home, no Claude data and no settings but its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.homes import empty_home


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, also for the programs a test starts."""
    return empty_home(tmp_path / "home", monkeypatch)
