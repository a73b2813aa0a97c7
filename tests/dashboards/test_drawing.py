"""Every dashboard is drawn with Grafana's own components from its JSON and a real Prometheus's answers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from support.boards import BOARDS, Json, panel_queries, panels, run_query
from support.browser import Watched
from support.prometheus import Scraped

pytestmark = pytest.mark.server

SHOWN_SECONDS = 60
SCREENSHOTS = os.environ.get("CLAUDE_TRACKER_SCREENSHOTS")  # read before the tests' own environment is cleared
NO_FONT = "error: Failed to load resource: net::ERR_FAILED"
"""Grafana's server has the font; its packages do not."""


def draw(page: Page, name: str, scraped: Scraped, length: int, mode: str) -> None:
    """Draw a dashboard that shows so many seconds up to the last scrape."""
    end = scraped.until
    answers: dict[int, list[Json]] = {panel["id"]: [] for panel in panels(BOARDS[name])}
    for query in panel_queries(name, length):
        result = run_query(scraped.server, query, end, length)
        answers[query.panel["id"]].append({"target": query.target, "result": result})
    shown = {"from": (end - length) * 1_000, "to": end * 1_000}
    payload: Any = {"panels": BOARDS[name]["panels"], "answers": answers, "mode": mode, **shown}
    height = page.evaluate("given => draw(given)", payload)
    page.set_viewport_size({"width": 1440, "height": height})
    page.locator("[data-panel]").last.wait_for()
    page.wait_for_timeout(500)


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
