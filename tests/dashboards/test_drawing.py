"""Every dashboard is drawn with Grafana's own components from its JSON and a real Prometheus's answers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.boards import BOARDS
from support.browser import Watched
from support.drawing import draw
from support.prometheus import Scraped

pytestmark = pytest.mark.server

SHOWN_SECONDS = 60
SCREENSHOTS = os.environ.get("CLAUDE_TRACKER_SCREENSHOTS")  # read before the tests' own environment is cleared
NO_FONT = "error: Failed to load resource: net::ERR_FAILED"
"""Grafana's server has the font; its packages do not."""


@pytest.mark.parametrize("name", BOARDS)
def test_every_panel_is_drawn(page: Watched, scraped: Scraped, name: str) -> None:
    draw(page.page, name, scraped, SHOWN_SECONDS, "dark")
    if SCREENSHOTS:
        page.page.screenshot(path=Path(SCREENSHOTS) / f"grafana-{name}.png")
    titles = [panel["title"] for panel in BOARDS[name]["panels"]]
    assert titles == [found.get_attribute("data-panel") for found in page.page.locator("[data-panel]").all()]
    assert [] == page.page.locator("[data-error]").all_inner_texts()
    assert [] == page.page.locator("[data-empty]").all_inner_texts()
    assert {NO_FONT} >= set(page.complaints)
