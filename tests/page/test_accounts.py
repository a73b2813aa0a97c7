"""Limits on the live page: every window of one account; several accounts, each apart under its name."""

from __future__ import annotations

import pytest

from support.browser import Open, Watched
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

KEY = "used projected time elapsed official, 2 min ago"
WORK_SHOWN = (
    "Lasts until the reset at 15:00 About 74 % used by then. Week: about 74 % by Thu 12:00. "
    "5 hours binds 42 % 3 h 00 min left about 74 % by 15:00 Week 31 % 4 d left about 74 % by Thu 12:00 "
    "Fable week 12 % 4 d left resets Thu 12:00 "
    f"5-hour block to 15:00: $9.87, 12.3M tokens {KEY}"
)
OTHER_SHOWN = (
    "Week: limit reached. Available again at Mon 18:00 In 30 h 00 min. "
    "5 hours 88 % runs out in 14 min resets 16:00 Week binds 100 % available in 30 h 00 min at Mon 18:00 "
    "Opus week does not apply now 50 % 30 h 00 min left resets Mon 18:00 "
    "Extra usage 63 % $12.50 of $20.00 used so far Week by surface: Claude Code 70 % "
    f"5-hour block to 16:00: $1.87, 2.34M tokens {KEY}"
)


def shown(watched: Watched) -> str:
    """The verdict and the windows of the account that is shown."""
    return f"{watched.text('#verdict')} {watched.text('#windows')}"


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
    watched.wait_for("#hits-body", "raised")
    page = watched.page.locator("body").inner_text()
    assert [] == [name for name in ("acme", WORK, "Max 20x", "· in use", "Account") if name in page]
    assert "" == watched.text("#accounts")


def test_every_window_of_one_account_is_shown(tracker: Tracker, open_page: Open) -> None:
    tracker.answers["current"] = many_windows()
    watched = open_page(tracker.url)
    watched.wait_for("#windows", "Spending")
    assert (
        "5 hours binds 100 % available in 3 h 00 min working on with extra usage Monthly grant 4 % reset not known "
        "Week 31 % 4 d left about 74 % by Thu 12:00 Fable week does not apply now 97 % 4 d left resets Thu 12:00 "
        "Spending 130 % available in 8 d 8 h working on with extra usage "
        "Extra usage 6 % $3.20 of $50.00 in use now Extra usage €1.50 no limit set in use now "
        f"Week by surface: Claude Code 25 %, Chat 6 % {KEY}"
    ) == watched.text("#windows")
    assert (
        "Limit reached; working on with extra usage $3.20 of $50.00, 1.50 EUR used. Week: about 74 % by Thu 12:00."
    ) == watched.text("#verdict")
    tones = [row.get_attribute("class") for row in watched.page.locator("#windows .w").all()]
    assert ["w tone-red", "w tone-grey", "w tone-green", "w tone-grey", "w tone-red", "w tone-grey", "w tone-grey"] == (
        tones
    ), "what does not apply now warns of nothing"
    assert [] == watched.complaints


def test_spending_is_shown_once(tracker: Tracker, open_page: Open) -> None:
    current = many_windows()
    current["limits"][4]["utilization_ratio"] = 0.064
    current["accounts"][0]["limits"] = current["limits"]
    tracker.answers["current"] = current
    watched = open_page(tracker.url)
    watched.wait_for("#windows", "Spending")
    assert "Spending 6 % $3.20 of $50.00 resets Nov 30, 20:00 Extra usage €1.50" in watched.text("#windows")


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
    watched.wait_for("#hits-body", "raised")
    assert (
        "Limits reached Reached Locked out Block 10:00 Week now $21.30 "
        "Sat 10:00 Fable week raised: 60 % → 2 % Fri 07:00 5 hours no $21.30 "
        "Fri 00:00 5 hours size: $40.00 → $60.00 Thu 04:00 5 hours – $21.30"
    ) == watched.text("#hits-body")


def test_of_two_accounts_the_one_that_binds_is_shown_first(tracker: Tracker, open_page: Open) -> None:
    with_two(tracker)
    watched = open_page(tracker.url)
    watched.wait_for_charts()
    watched.wait_for("#hits-body", "raised")
    buttons = watched.page.locator("#accounts button")
    assert [f"Account {OTHER} Pro · Week 100 %", "work Max 20x · 5 hours 42 % · in use"] == [
        " ".join(text.split()) for text in buttons.all_inner_texts()
    ]
    assert OTHER_SHOWN == shown(watched)
    buttons.nth(1).click()
    watched.wait_for("#verdict", "Lasts until")
    assert WORK_SHOWN == shown(watched)
    assert watched.page.url.endswith(f"#/?account={WORK}")
    assert f"Account {OTHER}, Week: limit reached. Reset Mon 18:00, in 30 h 00 min." == watched.text("#lockouts")
    watched.page.go_back()
    watched.wait_for("#verdict", "limit reached")
    assert OTHER_SHOWN == shown(watched)
    assert "work, to 15:00" == watched.text("#block-sum")
    assert "official week of work, 248M tokens" in watched.text("#cost-body")
    assert f"10:00 Week, Account {OTHER} now" in watched.text("#hits-body")
    assert "Sat 10:00 Week, work raised: 60 % → 2 %" in watched.text("#hits-body")
    assert "10:00 running work 42 % $9.87" in watched.text("#blocks-body")
    assert f"Sat 22:30 Account {OTHER} $9.87" in watched.text("#blocks-body")
    assert [] == watched.complaints


def test_no_bar_mixes_two_accounts(tracker: Tracker, open_page: Open) -> None:
    """Block and limits change to the other account together, whichever message of the commit comes first."""
    tracker.answers["current"] = two_accounts()
    watched = open_page(tracker.url)
    watched.wait_for("#block-body", ["Used", "42"][0])
    observe = """
    () => {
      window.seen = new Set();
      const look = () => {
        const account = document.getElementById("block-sum").textContent.split(",")[0];
        const rows = [...document.querySelectorAll("#block-body dl div")];
        const facts = rows.map((one) => one.innerText.split(/\\s+/).join(" "));
        window.seen.add([account, ...facts.filter((text) => /^(Cost|Used)/.test(text))].join(" "));
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
    watched.wait_for("#block-body", "88")
    watched.wait_for("#accounts", "in use")
    assert ["work Max 20x · 5 hours 42 %", f"Account {OTHER} Pro · 5 hours 88 % · in use"] == [
        " ".join(text.split()) for text in watched.page.locator("#accounts button").all_inner_texts()
    ]
    assert {"work Cost $9.87 Used 42 %", f"Account {OTHER} Cost $1.87 Used 88 %"} == set(
        watched.page.evaluate("[...window.seen]")
    )


def test_live_messages_keep_every_account_current(tracker: Tracker, open_page: Open) -> None:
    current = with_two(tracker)
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    other = current["accounts"][1]
    tracker.push("usage", changed(current, "today", "totals", "week", "month") | {
        "accounts": [current["accounts"][0], other | {"block": other["block"] | use(2_500_000, 2.0)}],
    })  # fmt: skip
    watched.wait_for("#windows", "5-hour block to 16:00: $2.00, 2.5M tokens")
    beyond = verdict("seven_day", said("beyond"), "Week: limit reached; working on with extra usage ($12.50 of $20.00)")
    freed = other | {"lockouts": [], "overage_in_use": True, "verdict": beyond}
    freed["limits"] = [limit("seven_day", 0.02, hours=30, account=OTHER)]
    tracker.push("limits", changed(current, "limits", "lockouts") | {"accounts": [current["accounts"][0], freed]})
    watched.wait_for("#verdict", "working on with extra usage")
    assert "Week: limit reached; working on with extra usage $12.50 of $20.00 used." == watched.text("#verdict")
    assert watched.text("#windows").startswith("Week binds 2 %")
    assert not watched.page.locator("#lockouts").is_visible(), "said once"
    tracker.push("limits", changed(snapshot(), "limits", "lockouts", "accounts"))
    watched.wait_for("#verdict", "Lasts until")
    assert "" == watched.text("#accounts")
    assert not watched.page.locator("#lockouts").is_visible()


def test_the_history_follows_a_raise_and_a_lockout_at_once(tracker: Tracker, open_page: Open) -> None:
    current = with_two(tracker)
    tracker.answers["limits_history"] = {"hits": [], "raises": [], "history": []}
    watched = open_page(tracker.url)
    watched.wait_for("#hits-body", "No limit has been reached so far")
    work, other = current["accounts"]
    lower = [work["limits"][0], work["limits"][1] | {"utilization_ratio": 0.02}]
    tracker.answers["limits_history"]["raises"] = [raised("seven_day", 0, 0.31, 0.02)]
    tracker.push("limits", {"accounts": [work | {"limits": lower}, other]})
    watched.wait_for("#hits-body", "raised: 31")
    freed = other | {"lockouts": []}
    tracker.answers["limits_history"]["hits"] = [hit("seven_day", 2, 1.9, account=OTHER)]
    tracker.push("limits", {"accounts": [work | {"limits": lower}, freed]})
    watched.wait_for("#hits-body", "1 h 54")


def test_a_lockout_ends_by_the_clock(tracker: Tracker, open_page: Open) -> None:
    current = with_two(tracker)
    soon = at(seconds=-3)
    current["accounts"][1]["lockouts"] = [hit("seven_day", 1, 0, resets_at=soon, is_locked_out=True, account=OTHER)]
    current["accounts"][1]["block"] |= {"end": soon}
    watched = open_page(f"{tracker.url}#/?account={WORK}")
    watched.wait_for("#lockouts", "limit reached")
    watched.page.locator("#lockouts").wait_for(state="hidden")
    watched.page.locator("#accounts button").first.click()
    watched.wait_for("#windows", "No active 5-hour block")


def test_names_are_shown_as_text(tracker: Tracker, open_page: Open) -> None:
    current = with_two(tracker)
    current["accounts"][0]["name"] = "<img src=x onerror='document.title=1'>"
    current["accounts"][1]["limits"][0]["window"] = "<b>window"
    current["accounts"][1]["credits"][0]["currency"] = "<i>"
    watched = open_page(tracker.url)
    watched.wait_for("#accounts", "<img src=x")
    watched.wait_for("#windows", "13 <i> of 20 <i>")
    assert 0 == watched.page.locator("img, #windows .n b").count()
    assert [] == watched.complaints
