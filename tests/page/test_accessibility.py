"""Nothing that axe calls serious, in both themes; and the page is worked by keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from exporter.page import offline_html
from support.browser import Open
from support.page_data import answers, at, snapshot
from support.page_server import Tracker
from support.page_states import answers_of_two, many_windows, nearly_full, nothing_yet, two_accounts

pytestmark = pytest.mark.server

WARNING = {
    "kind": "limit_hit",
    "subject": "five_hour",
    "severity": "critical",
    "topic": "five_hour",
    "title": "Limit reached",
    "text": "…",
    "at": at(),
}


def serious(page: Any) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [
        (rule["id"], [(node["html"], node["failureSummary"]) for node in rule["nodes"]])
        for rule in found
        if rule["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(
    "state",
    [snapshot, nearly_full, nothing_yet, many_windows, two_accounts],
    ids=["busy", "nearly full", "nothing yet", "every window", "two accounts"],
)
def test_axe_finds_nothing_serious(tracker: Tracker, open_page: Open, theme: str, state: Any) -> None:
    if state is two_accounts:
        tracker.answers.update(answers_of_two())
    tracker.answers["current"] = state() | {"warnings": [WARNING]}
    watched = open_page(tracker.url, charts=True, color_scheme=theme, reduced_motion="reduce")
    watched.wait_for_charts()
    watched.wait_for("#notices", "Limit reached")
    for summary in watched.page.locator("summary").all():
        summary.click()
    watched.wait_for("#plan table", "Monday")
    assert [] == serious(watched.page)


@pytest.mark.parametrize("is_ready", [False, True], ids=["the first read", "stopped"])
def test_axe_finds_nothing_serious_without_a_tracker(tracker: Tracker, open_page: Open, is_ready: bool) -> None:
    tracker.is_ready = is_ready
    watched = open_page(tracker.url)
    if is_ready:
        watched.wait_for("#link-text", "Live")
        tracker.stop()
        watched.wait_for("#link-text", "Disconnected")
        # What is dimmed is out of date on purpose; the line above it says so.
        watched.page.locator("main").evaluate("part => part.remove()")
    else:
        watched.wait_for("#state-title", "Reading the transcripts")
    assert [] == serious(watched.page)
    if is_ready:
        tracker.start()


def test_axe_finds_nothing_serious_in_the_file(tmp_path: Path, open_page: Open) -> None:
    path = tmp_path / "dashboard.html"
    path.write_text(offline_html(answers(), at()), encoding="utf-8")
    watched = open_page(path.as_uri())
    watched.wait_for_charts()
    assert [] == serious(watched.page)


def test_the_keyboard_reaches_everything(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#plan summary", "Show as table")
    watched.wait_for("#hits-body", "Five hours")
    reached = []
    for _ in range(16):
        watched.page.keyboard.press("Tab")
        reached.append(watched.page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert "Skip to the numbers" == reached[0]
    assert {"theme", "Show as table", "search", "kind", "more"} <= set(reached)
    focused = watched.page.locator(":focus-visible")
    assert "solid" == focused.evaluate("element => getComputedStyle(element).outlineStyle")


def test_reduced_motion_is_respected(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url, reduced_motion="reduce")
    watched.wait_for("#active-body", "busy")
    # Found and read in one step: a push may draw the list again between two.
    dot = "document.querySelector('.sessions li[data-state=busy] .dot')"
    assert "none" == watched.page.evaluate(f"getComputedStyle({dot}).animationName")
