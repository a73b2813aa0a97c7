"""What holds for every test: it sees no home, no Claude data and no settings but its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from support.homes import empty_home
from support.services import require_program


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, also for the programs a test starts."""
    return empty_home(tmp_path / "home", monkeypatch)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium. It ends with the module: what forks does not, beside the browser's threads."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=require_program("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield found
        found.close()
