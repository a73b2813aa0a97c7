"""The system's browser, and a server with the answers of a test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from support.browser import Open, Watched
from support.page_server import Tracker, tracker_like

SCREENSHOTS = os.environ.get("CLAUDE_TRACKER_SCREENSHOTS")  # read before the tests' own environment is cleared
WIDE = {"width": 1440, "height": 900}


@pytest.fixture
def tracker() -> Iterator[Tracker]:
    """A server whose answers the test sets."""
    with tracker_like() as found:
        yield found


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens an address in a window of its own, in UTC and English."""
    contexts: list[BrowserContext] = []

    def opened(url: str, **options: Any) -> Watched:
        context_options = {"viewport": WIDE, "timezone_id": "UTC", "locale": "en-US", "color_scheme": "dark", **options}
        contexts.append(browser.new_context(**context_options))
        watched = Watched(contexts[-1].new_page())
        watched.page.goto(url)
        return watched

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: CLAUDE_TRACKER_SCREENSHOTS, else the test's own folder."""
    path = Path(SCREENSHOTS) if SCREENSHOTS else tmp_path / "pictures"
    path.mkdir(parents=True, exist_ok=True)
    return path
