"""A project's page, the doctor, and the formulas of figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.page import offline_html
from support.browser import Open
from support.page_data import answers, at
from support.services import PROJECT
from support.story import SESSION
from support.view_server import ViewTracker, check, views_like

pytestmark = pytest.mark.server


@pytest.fixture
def tracker() -> Iterator[ViewTracker]:
    with views_like() as found:
        yield found


def test_a_project(tracker: ViewTracker, open_page: Open) -> None:
    watched = open_page(f"{tracker.url}#/project/shop")
    watched.wait_for("#view-body", "Explore")
    watched.wait_for("#view .big", "$462.76")
    assert "In the last 4 weeks; $729.60 and 912M tokens since the beginning" == watched.text("#view .state")
    assert ("Cost ? $462.76 Share of all projects 47 % Tokens ? 578M Responses ? 14,475 Sessions 16") == watched.text(
        "#view .big"
    )
    assert "Cost by day $462.76 in 4 weeks" in watched.text("#view")
    assert "Opus 4.5 62 % 359M $286.91 Sonnet 4.5 30 % 174M $138.83 Haiku 4.5 8 % 46.3M $37.02" in watched.text("#view")
    assert "main 15 sessions $55.84" in watched.text("#view"), "of its sessions that the answer has"
    assert "commit 30 % 120M $96.00 no skill 70 % 280M $224.00" in watched.text("#view")
    assert "Explore 40 % 160M $128.00 no agent 60 % 240M $192.00" in watched.text("#view")
    assert "payments" not in watched.text("#view"), "only its own sessions"
    assert [] == watched.complaints


def test_the_range_and_the_measure_are_in_the_address(tracker: ViewTracker, open_page: Open) -> None:
    watched = open_page(f"{tracker.url}#/project/shop")
    watched.wait_for("#view-body", "Explore")
    watched.page.locator("#view").get_by_role("button", name="7 d").click()
    watched.wait_for("#view .state", "In the last 7 days")
    watched.page.locator("#view").get_by_role("button", name="Tokens", exact=True).click()
    watched.wait_for("#project-usage-title", "Tokens by day")
    assert watched.page.url.endswith("#/project/shop?range=7d&measure=tokens")
    watched.page.go_back()
    watched.wait_for("#project-usage-title", "Cost by day")


def test_a_session_of_the_project_opens_by_key(tracker: ViewTracker, open_page: Open) -> None:
    tracker.stories[tracker.answers["sessions"]["items"][0]["id"]] = tracker.stories[SESSION]
    watched = open_page(f"{tracker.url}#/project/shop")
    watched.wait_for("#view-body", "Explore")
    watched.page.keyboard.press("j")
    watched.page.keyboard.press("Enter")
    watched.wait_for("#view-body", "Add saved cards")


def test_an_unknown_project(tracker: ViewTracker, open_page: Open) -> None:
    watched = open_page(f"{tracker.url}#/project/nothing")
    watched.wait_for("#view-body", "No usage of this project is known here.")
    assert "nothing" == watched.text("#view-title")


def test_a_project_in_a_file(tmp_path: Path, open_page: Open) -> None:
    path = tmp_path / "dashboard.html"
    path.write_text(offline_html(answers(), at()), encoding="utf-8")
    watched = open_page(f"{path.as_uri()}#/project/shop", offline=True)
    watched.wait_for("#view-body", "Cost by day")
    assert "Cost ? $462.76 Share of all projects 47 %" in watched.text("#view .big")
    assert "This page does not have it. Open the page of a running tracker to see it." in watched.text("#view")
    assert "shop main" in watched.text("#view .rs")
    assert [] == watched.complaints


def test_the_doctor_shows_problems_first_and_folds_the_rest(tracker: ViewTracker, open_page: Open) -> None:
    watched = open_page(f"{tracker.url}#/doctor")
    watched.wait_for("#view-body", "1 error and 1 warning")
    assert (
        "1 error and 1 warning Errors 1 check The database cannot be written. Free some space on the disk. database "
        "Warnings 1 check The status line does not call the tracker. Run claude-tracker setup statusline. statusline "
        "Notes 1 check No service starts the tracker at login. Run claude-tracker service install. service "
        "Nothing to do 2 checks"
    ) == watched.text("#view-body")
    watched.page.locator("#view summary").click()
    assert "Python 3.11. python" in watched.text("#view-body")
    assert [] == watched.complaints


def test_the_doctor_finds_nothing(tracker: ViewTracker, open_page: Open) -> None:
    tracker.checks = [check("python", "ok", "Python 3.11.")]
    watched = open_page(tracker.url)
    watched.page.get_by_role("link", name="Checks of the installation").click()
    watched.wait_for("#view-body", "Everything works")
    assert "Everything works Nothing to do 1 check" == watched.text("#view-body")


def test_a_file_has_no_doctor(tmp_path: Path, open_page: Open) -> None:
    path = tmp_path / "dashboard.html"
    path.write_text(offline_html(answers(), at()), encoding="utf-8")
    watched = open_page(f"{path.as_uri()}#/doctor", offline=True)
    watched.wait_for("#view-body", "This page does not have the checks of the installation.")


def test_a_figure_opens_its_formula(tracker: ViewTracker, open_page: Open) -> None:
    watched = open_page(f"{tracker.url}#/session/{SESSION}")
    watched.wait_for("#view-body", "Add saved cards")
    watched.page.get_by_role("button", name="How “Tokens” is calculated").press("Enter")
    assert (
        "Tokens tokens input + output + cache reads + cache writes Formulas in the documentation Close"
        == watched.text("#formula")
    )
    link = watched.page.get_by_role("link", name="Formulas in the documentation")
    assert ("https://github.com/claude-tracker/claude-tracker/blob/main/docs/formulas.md#costs") == link.get_attribute(
        "href"
    )
    watched.page.keyboard.press("Escape")
    assert not watched.page.locator("#formula").is_visible()
    assert "How “Tokens” is calculated" == watched.page.evaluate("document.activeElement.getAttribute('aria-label')")


def test_every_button_has_a_formula(tracker: ViewTracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#block-body", "Cost")
    buttons = watched.page.locator("#overview [data-formula]")
    assert ["verdict", "periods", "cost", "limits", "block"] == buttons.evaluate_all(
        "found => found.map(one => one.dataset.formula)"
    )
    titles = []
    for button in buttons.all():
        button.click()
        titles.append(watched.text("#formula-title"))
        assert watched.page.locator("#formula-body div").count() > 0
        watched.page.keyboard.press("Escape")
    assert ["Will it last", "Cost, and what is projected", "Cost", "Limits reached", "5-hour block"] == titles
    assert [] == watched.complaints


def test_the_links_lead_to_parts_of_the_documentation() -> None:
    text = (PROJECT / "exporter" / "page" / "assets" / "formulas.js").read_text(encoding="utf-8")
    documented = (PROJECT / "docs" / "formulas.md").read_text(encoding="utf-8").lower()
    marks = {part.partition('"')[0] for part in text.split('"mark": "')[1:]}
    assert {"costs", "sessions", "the-forecast", "limits", "the-prompt-cache", "weeks-and-months"} <= marks
    assert [] == [
        mark for mark in sorted(marks) if f"## {mark.replace('-', ' ')}\n" not in documented.replace("5-hour", "5 hour")
    ]
