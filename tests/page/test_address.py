"""The address opens the same view: on the live page, in the file, and again with Back."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.page import offline_html
from support.browser import Open
from support.page_data import ACTIVE, WORK, answers, at
from support.page_server import Tracker
from support.page_states import answers_of_two

pytestmark = pytest.mark.server

ID = ACTIVE[0]["id"]
VIEWS = [
    ("#/?range=24h", "#usage-title", "Cost by hour"),
    ("#/?range=12m&measure=tokens", "#usage-title", "Tokens by month"),
    ("#/?by=agent", "#usage-legend", "Explore"),
    ("#/?measure=share&range=7d", "#usage-title", "Share of cost by day"),
    ("#/?window=seven_day", "#burnup-caption", "Week"),
    ("#/?search=infra", "#list-count", "14 of 14 shown"),
    ("#/?kind=claude_desktop", "#list-body", "Claude Desktop"),
    ("#/project/shop", "#view-title", "shop"),
    (f"#/session/{ID}", "#view-title", "shop"),
]


@pytest.mark.parametrize(("address", "selector", "text"), VIEWS)
def test_an_address_opens_its_view(tracker: Tracker, open_page: Open, address: str, selector: str, text: str) -> None:
    watched = open_page(f"{tracker.url}{address}")
    if "infra" in address:
        text = "15 of 15 shown"  # the active one too
    watched.wait_for(selector, text)
    assert watched.page.url.endswith(address), "it stays"
    assert [] == watched.complaints


@pytest.mark.parametrize(("address", "selector", "text"), VIEWS)
def test_the_same_in_the_file(tmp_path: Path, open_page: Open, address: str, selector: str, text: str) -> None:
    path = tmp_path / "dashboard.html"
    path.write_text(offline_html(answers(), at()), encoding="utf-8")
    watched = open_page(f"{path.as_uri()}{address}", offline=True)
    if "infra" in address:
        text = "15 of 15 shown"
    watched.wait_for(selector, text)
    assert [] == watched.complaints


def test_back_returns_through_what_was_chosen(tracker: Tracker, open_page: Open) -> None:
    tracker.answers.update(answers_of_two())
    watched = open_page(tracker.url)
    watched.wait_for("#usage-sum", "in 4 weeks")
    page = watched.page
    page.get_by_role("button", name="7 d", exact=True).click()
    watched.wait_for("#usage-sum", "in 7 days")
    page.get_by_role("button", name="Project", exact=True).click()
    watched.wait_for("#usage-legend", "playground")
    page.locator(f'#accounts [data-key="{WORK}"]').click()
    watched.wait_for("#verdict", "Lasts until")
    assert page.url.endswith(f"#/?range=7d&by=project&account={WORK}")
    page.go_back()
    watched.wait_for("#verdict", "Limit reached".lower())
    page.go_back()
    watched.wait_for("#usage-legend", "Opus 4.5")
    page.go_back()
    watched.wait_for("#usage-sum", "in 4 weeks")
    page.go_forward()
    watched.wait_for("#usage-sum", "in 7 days")
    assert [] == watched.complaints


@pytest.mark.parametrize(
    "address", ["#/?range=never&measure=gold&by=moon&account=x&window=y", "#/nowhere", "#/%E0%A4%A"]
)
def test_an_address_that_says_nothing_opens_the_main_page(tracker: Tracker, open_page: Open, address: str) -> None:
    watched = open_page(f"{tracker.url}{address}")
    watched.wait_for("#usage-sum", "$984.60 in 4 weeks")
    assert [] == watched.complaints


def test_a_worktree_belongs_to_its_repository(tracker: Tracker, open_page: Open) -> None:
    row = ACTIVE[0] | {"project_path": "/home/dev/shop/.claude/worktrees/task-41"}
    tracker.answers["current"]["sessions"] = [row]
    tracker.answers["sessions"]["items"][0] = row
    watched = open_page(tracker.url)
    watched.wait_for("#active-body", "task-41")
    assert watched.text("#active-body").startswith("shop task-41 · main working")
    watched.wait_for("#list-body", "shop task-41 · main")


def test_one_cursor_for_all_charts(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(f"{tracker.url}#/?range=24h")
    watched.wait_for("#usage-sum", "in 24 hours")
    watched.wait_for("#plan-body", "Mon")
    watched.page.locator("#usage-chart .plot").focus()
    watched.page.keyboard.press("ArrowLeft")
    watched.page.keyboard.press("ArrowLeft")
    watched.wait_for("#usage-chart .tip", "11:00 to 12:00")
    for measure in ("cost", "share"):
        watched.page.evaluate(f"location.hash = '#/?range=24h&measure={measure}'")  # draws all again
        watched.wait_for("#usage-chart .tip", {"cost": "$", "share": "%"}[measure])
        assert watched.page.locator("#burnup .cursor").is_visible(), "the same time in the window"
        assert "Sunday 11:00" in (watched.page.locator("#plan-body .at").get_attribute("title") or "")
        assert not watched.page.locator("#burnup .tip").is_visible()
