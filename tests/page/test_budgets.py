"""Budgets on the page: below the limits, in every state, and as the tracker sends them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.browser import Open
from support.page_data import snapshot
from support.page_server import Tracker
from support.page_states import answers_of_two, budgets, nothing_yet

pytestmark = pytest.mark.server

SHOWN = (
    "Budget work 70 % $140.00 of $200.00 this month in shop "
    "Will probably not last: about $260.40 by Dec 1, 00:00 "
    "Budget daily 105 % $52.50 of $50.00 today Reached; the next day starts Mon 00:00 "
    "Budget week 20 % $20.00 of $100.00 this week About $44.00 by Mon 12:00 "
    "Budget new 1 % $1.00 of $100.00 today Until Mon 00:00"
)


def test_each_state_of_a_budget(tracker: Tracker, open_page: Open, pictures: Path) -> None:
    tracker.answers["current"] = snapshot() | {"budgets": budgets()}
    watched = open_page(tracker.url)
    watched.wait_for("#budgets", "Budget new")
    assert SHOWN == watched.text("#budgets")
    tones = [row.get_attribute("data-tone") for row in watched.page.locator("#budgets li").all()]
    assert ["amber", "red", "grey", "grey"] == tones
    assert [] == watched.complaints
    watched.page.screenshot(path=pictures / "budgets.png")


def test_with_several_accounts_they_are_shown_once(tracker: Tracker, open_page: Open, pictures: Path) -> None:
    tracker.answers.update(answers_of_two())
    tracker.answers["current"]["budgets"] = budgets()
    watched = open_page(tracker.url)
    watched.wait_for("#budgets", "Budget new")
    assert SHOWN == watched.text('[aria-label="Budgets"]')
    assert [] == watched.complaints
    watched.page.screenshot(path=pictures / "budgets-accounts.png")


def test_without_limits_they_are_shown_alone(tracker: Tracker, open_page: Open) -> None:
    current = nothing_yet() | {"budgets": budgets()[-1:]}
    current["health"]["files"] = 1
    tracker.answers["current"] = current
    watched = open_page(tracker.url)
    watched.wait_for("#budgets", "Budget new")
    assert "Budget new 1 % $1.00 of $100.00 today Until Mon 00:00" == watched.text("#budgets")
    assert "Limits not known yet Turn on the status line: claude-tracker setup statusline" == watched.text("#verdict")


def test_a_page_without_budgets_shows_none(tracker: Tracker, open_page: Open) -> None:
    """As one that was published without projects."""
    current = snapshot()
    del current["budgets"]
    tracker.answers["current"] = current
    watched = open_page(tracker.url)
    watched.wait_for("#windows", "Week")
    assert "Budget" not in watched.text("body")
    assert [] == watched.complaints
