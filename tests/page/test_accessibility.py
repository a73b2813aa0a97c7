"""axe finds nothing, in both themes; and the page is used by keyboard."""

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
from support.sampling import sample_or_all

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


DIMMED = {"rules": {"color-contrast": {"enabled": False}}}
"""What is dimmed is out of date on purpose; the line above it says so."""


def findings(page: Any, options: Any = None) -> list[Any]:
    found = Axe().run(page, options=options).response["violations"]
    return [(rule["id"], [(node["html"], node["failureSummary"]) for node in rule["nodes"]]) for rule in found]


STATES = {
    "busy": snapshot, "nearly full": nearly_full, "nothing yet": nothing_yet, "every window": many_windows,
    "two accounts": two_accounts,
}  # fmt: skip
EVERY = [(state, theme) for state in STATES for theme in ("dark", "light")]
CHOSEN = EVERY if sample_or_all(0, 1) else [pair for number, pair in enumerate(EVERY) if number % 4 in (0, 3)]
"""Each state in one theme, and all with `--long`: axe takes up to half a minute."""


@pytest.mark.parametrize(("name", "theme"), CHOSEN)
def test_axe_finds_nothing(tracker: Tracker, open_page: Open, theme: str, name: str) -> None:
    state = STATES[name]
    if state is two_accounts:
        tracker.answers.update(answers_of_two())
    tracker.answers["current"] = state() | {"warnings": [WARNING]}
    watched = open_page(tracker.url, color_scheme=theme, reduced_motion="reduce")
    if state is nothing_yet:
        watched.wait_for("#state", "does not exist")
    else:
        watched.wait_for_charts()
        watched.wait_for("#notices", "Limit reached")
        watched.wait_for("#plan-body", "Show as table")
    for summary in watched.page.locator(".as-table > summary:visible").all():
        summary.click()
    if state is not nothing_yet:
        watched.wait_for("#plan table", "Mon")
    assert [] == findings(watched.page)


@pytest.mark.parametrize("is_ready", [False, True], ids=["the first read", "stopped"])
def test_axe_finds_nothing_without_a_tracker(tracker: Tracker, open_page: Open, is_ready: bool) -> None:
    tracker.is_ready = is_ready
    watched = open_page(tracker.url)
    if is_ready:
        watched.wait_for("#link-text", "Live")
        tracker.stop()
        watched.wait_for("#link-text", "Disconnected")
    else:
        watched.wait_for("#state-title", "Reading the transcripts")
    assert [] == findings(watched.page, DIMMED if is_ready else None)
    if is_ready:
        tracker.start()


def test_axe_finds_nothing_in_the_file(tmp_path: Path, open_page: Open) -> None:
    path = tmp_path / "dashboard.html"
    path.write_text(offline_html(answers(), at()), encoding="utf-8")
    watched = open_page(path.as_uri())
    watched.wait_for_charts()
    assert [] == findings(watched.page)


REACHABLE = """
() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
  .filter((one) => one.checkVisibility() && !one.disabled && !one.closest("dialog:not([open])"))
  .length
"""


def test_the_keyboard_reaches_everything_and_each_has_a_name(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#hits-body", "5 hours")
    watched.wait_for("#projects-body", "shop")
    watched.wait_for("#list-body", "payments")
    watched.wait_for("#plan-body", "Show as table")
    reached = []
    number = watched.page.evaluate(REACHABLE)
    for _ in range(number):
        watched.page.keyboard.press("Tab")
        name = watched.page.evaluate(
            "(one => one.getAttribute('aria-label') || one.labels?.[0]?.innerText || one.textContent.trim())"
            "(document.activeElement)"
        )
        reached.append(name)
    assert number == len(reached) > 50
    assert "Skip to the numbers" == reached[0]
    assert [] == [name for name in reached if not name]
    named = {"Keys and help", "Switch to light colours", "Cost", "24 h", "Project", "Show as table", "More sessions"}
    assert named <= set(reached)
    watched.page.keyboard.press("Tab")
    assert "BODY" == watched.page.evaluate("document.activeElement.tagName"), "nothing more can be reached"
    watched.page.keyboard.press("Tab")
    outline = watched.page.locator(":focus-visible").evaluate("element => getComputedStyle(element).outlineStyle")
    assert "solid" == outline


def test_keys(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#active-body", "payments")
    watched.wait_for("#projects-body", "shop")
    focused = "document.activeElement.textContent"
    press = watched.page.keyboard.press
    press("j")
    assert "payments" == watched.page.evaluate(focused)
    press("j")
    assert "shop" == watched.page.evaluate(focused)
    press("k")
    assert "payments" == watched.page.evaluate(focused)
    press("2")
    watched.wait_for("#usage-sum", "in 7 days")
    press("m")
    watched.wait_for("#usage-title", "Tokens by day")
    assert watched.page.url.endswith("#/?range=7d&measure=tokens")
    press("t")
    assert "light" == watched.page.locator("html").get_attribute("data-theme")
    press("?")
    watched.wait_for("#help", "next or previous session")
    press("Escape")
    assert not watched.page.locator("#help").is_visible()
    press("/")
    assert "search" == watched.page.evaluate("document.activeElement.id")
    press("j")
    assert "j" == watched.page.locator("#search").input_value(), "what is typed is no key"


def test_enter_opens_a_session_and_back_returns(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#active-body", "payments")
    watched.page.keyboard.press("j")
    watched.page.keyboard.press("Enter")
    watched.wait_for("#view-title", "payments")
    assert watched.page.url.endswith("#/session/0b81e3d3-db88-4eac-9201-000000000002")
    assert not watched.page.locator("#overview").is_visible()
    watched.page.go_back()
    watched.page.locator("#overview").wait_for()
    assert not watched.page.locator("#view").is_visible()
    focused = "document.activeElement.getAttribute('href')"
    assert "#/session/0b81e3d3-db88-4eac-9201-000000000002" == watched.page.evaluate(focused), "where the keys left"


def test_arrow_keys_move_along_a_chart(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#usage-sum", "in 4 weeks")
    watched.page.locator("#usage-chart .plot").focus()
    watched.page.keyboard.press("ArrowLeft")
    assert watched.text("#usage-chart .tip").startswith("Sun, Nov 22 Haiku 4.5 $")
    watched.page.keyboard.press("ArrowLeft")
    assert "Sat, Nov 21 Total $0.00" == watched.text("#usage-chart .tip")
    watched.page.keyboard.press("Escape")
    assert not watched.page.locator("#usage-chart .tip").is_visible()


def test_focus_stays_while_the_numbers_move(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    watched.page.locator('#windows [data-window="seven_day"]').focus()
    current = tracker.answers["current"]
    tracker.push("limits", {name: current[name] for name in ("lockouts", "verdict", "accounts")} | {"limits": []})
    tracker.push("session", [])
    watched.wait_for("#active-body", "No active sessions")
    assert "seven_day" == watched.page.evaluate("document.activeElement.dataset.window")


def test_reduced_motion_is_respected(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url, reduced_motion="reduce")
    watched.wait_for("#active-body", "working")
    mark = "document.querySelector('.ss li[data-state=busy] .i')"
    assert "none" == watched.page.evaluate(f"getComputedStyle({mark}).animationName")
