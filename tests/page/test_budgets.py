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
    "Budget work 70% $140.00 of $200.00 this month in shop "
    "Will probably not last: about $260.40 by Tue, Dec 1, 12:00 AM "
    "Budget daily 105% $52.50 of $50.00 today Reached; the next day starts Mon, Nov 23, 12:00 AM "
    "Budget week 20% $20.00 of $100.00 this week About $44.00 by Mon, Nov 23, 12:00 PM "
    "Budget new 1% $1.00 of $100.00 today Until Mon, Nov 23, 12:00 AM"
)


def test_each_state_of_a_budget(tracker: Tracker, open_page: Open, pictures: Path) -> None:
    tracker.answers["current"] = snapshot() | {"budgets": budgets()}
    watched = open_page(tracker.url)
    watched.wait_for("#limits-body", "Budget new")
    assert watched.text("#limits-body").endswith(f"in 4 days {SHOWN}")
    tones = [meter.get_attribute("data-tone") for meter in watched.page.locator("#limits-body .meter").all()]
    assert ["warning", "critical", "calm", "calm"] == tones[-4:]
    assert [] == watched.complaints
    watched.page.screenshot(path=pictures / "budgets.png")


def test_next_to_several_accounts_they_are_a_group(tracker: Tracker, open_page: Open, pictures: Path) -> None:
    tracker.answers.update(answers_of_two())
    tracker.answers["current"]["budgets"] = budgets()
    watched = open_page(tracker.url)
    watched.wait_for("#limits-body", "Budget new")
    assert f"Budgets {SHOWN}" == " ".join(watched.page.locator('.account[aria-label="Budgets"]').inner_text().split())
    assert [] == watched.complaints
    watched.page.screenshot(path=pictures / "budgets-accounts.png")


def test_without_limits_they_are_shown_alone(tracker: Tracker, open_page: Open) -> None:
    tracker.answers["current"] = nothing_yet() | {"budgets": budgets()[-1:]}
    watched = open_page(tracker.url)
    watched.wait_for("#limits-body", "Budget new")
    assert "Budget new 1% $1.00 of $100.00 today Until Mon, Nov 23, 12:00 AM" == watched.text("#limits-body")
    assert "Limits not known yet. Turn on the status line: `claude-tracker setup statusline`" == watched.text(
        "#verdict"
    )


def test_a_page_without_budgets_shows_none(tracker: Tracker, open_page: Open) -> None:
    """As one that was published without projects."""
    current = snapshot()
    del current["budgets"]
    tracker.answers["current"] = current
    watched = open_page(tracker.url)
    watched.wait_for("#limits-body", "Week")
    assert "Budget" not in watched.text("#limits-body")
    assert [] == watched.complaints
