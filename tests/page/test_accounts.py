"""Limits on the live page: every window of one account; several accounts, each apart under its name."""

from __future__ import annotations

import pytest

from support.browser import Open
from support.page_data import (
    OTHER,
    WORK,
    Json,
    at,
    consistent,
    hit,
    limit,
    raised,
    said,
    snapshot,
    use,
    verdict,
)
from support.page_server import Tracker
from support.page_states import answers_of_two, many_windows, other_account, two_accounts

pytestmark = pytest.mark.server

WORK_LIMITS = (
    "work in use Max 20x 5-hour block 12.3M tokens, $9.87 to 3:00 PM, in 3 h 00 min "
    "Lasts until the reset at 15:00: about 74 % used by then "
    "Five hours 42% official statusline, 2 min ago resets 3:00 PM, in 3 h 00 min "
    "Week 31% official statusline, 2 min ago resets Thu, Nov 26, 12:00 PM, in 4 days "
    "Week of Fable 12% official account, 2 min ago resets Thu, Nov 26, 12:00 PM, in 4 days"
)
OTHER_LIMITS = (
    f"Account {OTHER} Pro 5-hour block 2.34M tokens, $1.87 to 4:00 PM, in 4 h 00 min "
    "Week: limit reached. Available again at Mon 18:00 (in 30 h 00 min) "
    "Five hours 88% official statusline, 21 min ago resets 4:00 PM, in 4 h 00 min "
    "Week 100% official statusline, 2 min ago resets Mon, Nov 23, 6:00 PM, in 30 h 00 min "
    "Week of Opus 50% official does not apply now statusline, 2 min ago resets Mon, Nov 23, 6:00 PM, in 30 h 00 min "
    "Credits used $12.50 of $20.00 21 min ago "
    "Week by surface Claude Code 70%"
)


def with_two(tracker: Tracker) -> Json:
    """The tracker answers with two accounts; returns the snapshot."""
    tracker.answers.update(answers_of_two())
    current: Json = tracker.answers["current"]
    return current


def changed(current: Json, *names: str) -> Json:
    return {name: current[name] for name in names}


def test_one_account_is_not_named(tracker: Tracker, open_page: Open) -> None:
    current = many_windows()
    current["accounts"][0] |= {"name": "acme", "lockouts": [hit("spend", 1, 201, is_locked_out=True)]}
    tracker.answers["current"] = current
    tracker.answers["limits_history"]["raises"] = [raised("seven_day", 26, 0.6, 0.02)]
    watched = open_page(tracker.url)
    watched.wait_for("#hits-body", "limit raised")
    page = watched.page.locator("body").inner_text()
    assert [] == [name for name in ("acme", WORK, "Max 20x", "in use", "Account") if name in page]
    assert not watched.page.locator("#block-account").is_visible()


def test_every_window_of_one_account_is_shown(tracker: Tracker, open_page: Open) -> None:
    tracker.answers["current"] = many_windows()
    watched = open_page(tracker.url)
    watched.wait_for("#limits-body", "Spending")
    assert (
        "Five hours 100% official statusline, 2 min ago resets 3:00 PM, in 3 h 00 min "
        "Monthly grant 4% official account, 2 min ago reset unknown "
        "Week 31% official statusline, 2 min ago resets Thu, Nov 26, 12:00 PM, in 4 days "
        "Week of Fable 97% official does not apply now account, 2 min ago resets Thu, Nov 26, 12:00 PM, in 4 days "
        "Spending 130% official account, 2 min ago resets Mon, Nov 30, 8:00 PM, in 8 days "
        "Credits used $3.20 of $50.00 9 min ago "
        "Credits used €1.50 9 min ago "
        "Week by surface Claude Code 25% Chat 6%"
    ) == watched.text("#limits-body")
    assert "Limit reached; working on with extra usage ($3.20 of $50.00, 1.50 EUR)" == watched.text("#verdict")
    tones = [meter.get_attribute("data-tone") for meter in watched.page.locator("#limits-body .meter").all()]
    assert ["critical", "calm", "calm", "calm", "critical", "calm"] == tones, "what does not apply now warns of nothing"
    assert [] == watched.complaints


def test_a_raised_limit_is_in_the_history(tracker: Tracker, open_page: Open) -> None:
    running = hit("seven_day", 2, 32, is_locked_out=True)
    went_on = hit("five_hour", 53, 1.5, locked_out_seconds=0)
    unknown = hit("five_hour", 80, 1.5, locked_out_seconds=None)
    tracker.answers["limits_history"] |= {
        "hits": [running, went_on, unknown],
        "raises": [raised("seven_day_fable", 26, 0.6, 0.02)],
        "changes": [{"account": WORK, "window": "five_hour", "at": at(hours=60), "from_usd": 40.0, "to_usd": 60.0}],
    }
    watched = open_page(tracker.url)
    watched.wait_for("#hits-body", "limit raised")
    assert (
        "Limits reached Reached Window Locked out Block Week "
        "Sun, Nov 22, 10:00 AM Week now $21.30 $160.90 "
        "Sat, Nov 21, 10:00 AM Week of Fable limit raised 60% → 2% "
        "Fri, Nov 20, 7:00 AM Five hours no $21.30 $160.90 "
        "Fri, Nov 20, 12:00 AM Five hours limit changed from about $40.00 to $60.00 "
        "Thu, Nov 19, 4:00 AM Five hours – $21.30 $160.90"
    ) == watched.text("#hits-body")


def test_two_accounts_are_shown_apart_under_their_names(tracker: Tracker, open_page: Open) -> None:
    with_two(tracker)
    watched = open_page(tracker.url, charts=True)
    watched.wait_for_charts()
    watched.wait_for("#hits-body", "limit raised")
    groups = watched.page.locator(".account")
    assert ["work", f"Account {OTHER}"] == [group.get_attribute("aria-label") for group in groups.all()]
    assert WORK_LIMITS == watched.text(".account:first-child")
    assert OTHER_LIMITS == watched.text(".account:last-child")
    assert f"Account {OTHER}, Week: limit reached. Reset Mon, Nov 23, 6:00 PM, in 30 h 00 min." == (
        watched.text("#lockouts")
    )
    assert "5-hour block work official 10:00 AM – 3:00 PM" == watched.text("#block .title")
    assert "official week of work, to Thu, Nov 26, 12:00 PM" in watched.text("#periods-body")
    assert f"Sun, Nov 22, 10:00 AM Week Account {OTHER} now" in watched.text("#hits-body")
    assert "Sat, Nov 21, 10:00 AM Week work limit raised 60% → 2%" in watched.text("#hits-body")
    watched.page.locator("#blocks summary").click()
    watched.wait_for("#blocks table", "running")
    assert watched.text("#blocks table").split("Block ")[1].startswith("Account Basis Sessions")
    assert "10:00 AM – 3:00 PM, running work official 3" in watched.text("#blocks table")
    assert f" Account {OTHER} official 3 " in watched.text("#blocks table")
    assert [] == watched.complaints


def test_no_meter_mixes_two_accounts(tracker: Tracker, open_page: Open) -> None:
    """Block and limits change to the other account together, whichever message of the commit comes first."""
    tracker.answers["current"] = two_accounts()
    watched = open_page(tracker.url)
    watched.wait_for("#used", "42% used")
    observe = """
    () => {
      window.seen = new Set();
      const look = () => {
        const account = document.getElementById("block-account").textContent;
        const parts = ["block-cost", "used"].map((id) => document.getElementById(id).textContent);
        window.seen.add([account, ...parts].join(" "));
      };
      look();
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    }
    """
    watched.page.evaluate(observe)
    work = two_accounts()["accounts"][0] | {"is_current": False}
    other = other_account()
    current = two_accounts() | changed(other, "block", "limits", "lockouts")
    current = consistent(current | {"accounts": [other, work]})
    usage = changed(current, "today", "totals", "week", "month", "accounts")
    limits = changed(current, "limits", "lockouts", "accounts")
    for kind, data in (("usage", usage), ("block", current["block"]), ("limits", limits)):
        tracker.send({"type": kind, "sequence": 8, "data": data})
    watched.wait_for("#used", "88% used")
    assert f"Account {OTHER} in use Pro" == watched.text(".account:first-child h3")
    assert "work Max 20x" == watched.text(".account:last-child h3")
    assert {"work $9.87 42% used", f"Account {OTHER} $1.87 88% used"} == set(watched.page.evaluate("[...window.seen]"))


def test_live_messages_keep_every_account_current(tracker: Tracker, open_page: Open) -> None:
    current = with_two(tracker)
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    other = current["accounts"][1]
    tracker.push("usage", changed(current, "today", "totals", "week", "month") | {
        "accounts": [current["accounts"][0], other | {"block": other["block"] | use(2_500_000, 2.0)}],
    })  # fmt: skip
    watched.wait_for(".account:last-child", "5-hour block 2.5M tokens, $2.00")
    beyond = verdict("seven_day", said("beyond"), "Week: limit reached; working on with extra usage ($12.50 of $20.00)")
    freed = other | {"lockouts": [], "overage_in_use": True, "verdict": beyond}
    freed["limits"] = [limit("seven_day", 0.02, hours=30, account=OTHER)]
    tracker.push("limits", changed(current, "limits", "lockouts") | {"accounts": [current["accounts"][0], freed]})
    watched.wait_for(".account:last-child", "working on with extra usage")
    assert "Week: limit reached; working on with extra usage ($12.50 of $20.00) Week 2%" in (
        watched.text(".account:last-child")
    )
    assert not watched.page.locator("#lockouts").is_visible(), "said once"
    tracker.push("limits", changed(snapshot(), "limits", "lockouts", "accounts"))
    watched.wait_for("#limits-body > .limit:first-child", "Five hours")
    assert not watched.page.locator("#lockouts, #block-account, .account").first.is_visible()


def test_the_history_follows_a_raise_and_a_lockout_at_once(tracker: Tracker, open_page: Open) -> None:
    current = with_two(tracker)
    tracker.answers["limits_history"] = {"hits": [], "raises": [], "history": []}
    watched = open_page(tracker.url)
    watched.wait_for("#hits-body", "No limit has been reached so far")
    work, other = current["accounts"]
    lower = [work["limits"][0], work["limits"][1] | {"utilization_ratio": 0.02}]
    tracker.answers["limits_history"]["raises"] = [raised("seven_day", 0, 0.31, 0.02)]
    tracker.push("limits", {"accounts": [work | {"limits": lower}, other]})
    watched.wait_for("#hits-body", "limit raised 31% → 2%")
    freed = other | {"lockouts": []}
    tracker.answers["limits_history"]["hits"] = [hit("seven_day", 2, 1.9, account=OTHER)]
    tracker.push("limits", {"accounts": [work | {"limits": lower}, freed]})
    watched.wait_for("#hits-body", "1 h 54 min")


def test_a_lockout_ends_by_the_clock(tracker: Tracker, open_page: Open) -> None:
    current = with_two(tracker)
    soon = at(seconds=-2)
    current["accounts"][1]["lockouts"] = [hit("seven_day", 1, 0, resets_at=soon, is_locked_out=True, account=OTHER)]
    current["accounts"][1]["block"] |= {"end": soon}
    watched = open_page(tracker.url)
    watched.wait_for("#lockouts", "limit reached")
    watched.wait_for(".account:last-child", "No active 5-hour block")
    assert not watched.page.locator("#lockouts").is_visible()
    assert "resets" not in watched.text("#lockouts")


def test_names_are_shown_as_text(tracker: Tracker, open_page: Open) -> None:
    current = with_two(tracker)
    current["accounts"][0]["name"] = "<img src=x onerror='document.title=1'>"
    current["accounts"][1]["limits"][0]["window"] = "<b>window"
    current["accounts"][1]["credits"][0]["currency"] = "<i>"
    watched = open_page(tracker.url)
    watched.wait_for(".account:first-child h3", "<img src=x")
    watched.wait_for(".account:last-child", "13 <i> of 20 <i>")
    assert 0 == watched.page.locator("img, #limits-body i").count()
    assert [] == watched.complaints
