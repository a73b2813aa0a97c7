"""The live page in a real browser, on a server whose answers the test sets."""

from __future__ import annotations

import re

import pytest

from support.browser import Open
from support.page_data import ACTIVE, SONNET, Json, at, consistent, hit, session, snapshot, use
from support.page_server import Tracker
from support.page_states import nothing_yet
from support.processes import wait_until

pytestmark = pytest.mark.server

USAGE = ("today", "totals", "week", "month", "accounts")
"""What a message of usage has."""
ATTACK = '<img src=x onerror="document.title=1">'


def test_every_part_shows_the_trackers_data(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url, charts=True)
    watched.wait_for_charts()
    watched.wait_for("#hits-body", "Five hours")
    assert "Live" == watched.text("#link-text")
    assert "5-hour block official 10:00 AM – 3:00 PM" == watched.text("#block .title")
    assert "Tokens 12.3M Cost $9.87 Projected 30.9M $24.73 Pace 103K tokens a minute" == watched.text("#block .big")
    assert (
        "42% used official statusline, 2 min ago 3.36M of 8M cost-weighted tokens (estimated size)"
    ) == watched.text("#block-limit")
    assert "input 123K output 309K cache write, 5 min 617K cache write, 1 h 247K cache read 11M" == watched.text(
        "#block-mix .legend:not(.models)"
    )
    assert "opus-4-5 9.35M $7.48 sonnet-4-5 3M $2.40" == watched.text("#block-mix .models")
    assert "Sessions 3 Responses 309 Cache hits 91% Efficiency 71 of 100" == watched.text("#block-facts")
    assert (
        "Five hours 42% official statusline, 2 min ago resets 3:00 PM, in 3 h 00 min "
        "Week 31% official statusline, 2 min ago resets Thu, Nov 26, 12:00 PM, in 4 days"
    ) == watched.text("#limits-body")
    assert "Lasts until the reset at 15:00: about 74 % used by then" == watched.text("#verdict")
    assert (
        "Today $17.20 21.5M tokens 64 prompts, 412 tool calls "
        "Week $198.40 248M tokens → $412.90 projected official week, to Thu, Nov 26, 12:00 PM "
        "Month $1,034.50 → $1,460.20 projected"
    ) == watched.text("#periods-body")
    assert "opus $150.30 sonnet $44.10 haiku $4.00" == watched.text("#families")
    assert (
        "shop opus-4-5, haiku-4-5 · main busy 8.43M tokens 1:35:0_ running "
        "payments opus-4-5 · fix/refund waiting for permission 3.21M tokens 0:41:0_ running "
        "infra sonnet-4-5 idle ≥ 402K tokens 0:12:0_ running "
        "Claude Desktop Desktop unknown – tokens 3:10:0_ running"
    ) == re.sub(r"(\d:\d\d:0)\d", r"\1_", watched.text("#active-body"))
    assert (
        "Tokens and costs by model Model Share Tokens Cost opus-4-5 62% 1.2B $962.24 sonnet-4-5 30% 582M $465.60 "
        "haiku-4-5 8% 155M $124.16"
    ) == watched.text("#models-body")
    assert "shop 47% 912M $729.60" in watched.text("#projects-body")
    assert (
        "Limits reached Reached Window Locked out Block Week "
        "Fri, Nov 20, 8:00 AM Five hours 1 h 30 min $21.30 $160.90 "
        "Sun, Nov 15, 10:00 AM Five hours 36 min $21.30 $160.90"
    ) == watched.text("#hits-body")
    assert "22 blocks in seven days" == watched.text("#blocks-sum")
    assert "A block is running until 3:00 PM." in watched.text("#plan figcaption")
    assert "Sun, Nov 22, 8:40 AM shop main opus-4-5 36 1.83M 25 min" in watched.text("#list-body")
    assert "Costs are estimates by list price." == watched.text(".basis")
    assert (
        "812 transcripts, 48,501 responses, 1.94B tokens, $1,552.40 since the beginning · "
        "93% of responses in the last week succeeded · as of 12:00 PM"
    ) == watched.text("#health")
    assert [] == watched.complaints
    assert {f"http://127.0.0.1:{tracker.port}", f"ws://127.0.0.1:{tracker.port}"} == {
        "/".join(url.split("/")[:3]) for url in watched.requests if not url.startswith("data:")
    }


def test_polling_is_said_where_the_health_is_shown(tracker: Tracker, open_page: Open) -> None:
    tracker.answers["current"]["health"]["watched_folders"] = {"events": 1, "polling": 1}
    watched = open_page(tracker.url)
    watched.wait_for("#health", "Looking for changes every 5 seconds: the system does not report them")


def test_clocks_tick_without_a_message(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#remaining", "2:59:5")
    before = watched.text("#remaining"), watched.text("#active-body")
    watched.wait_for("#remaining", "2:59:55")
    assert before != (watched.text("#remaining"), watched.text("#active-body"))
    assert "3 h 00 min left – claude-tracker" == watched.page.title()


def test_a_push_moves_the_numbers(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    block = snapshot()["block"] | use(13_000_000, 10.5)
    tracker.push("block", block)
    watched.wait_for("#block-tokens", "13M")
    current = snapshot()
    used = consistent(current | {"today": current["today"] | use(9, 1), "block": block})
    tracker.push("usage", {name: used[name] for name in USAGE})
    watched.wait_for("#periods-body", "$1.00")
    assert "Today $1.00 9 tokens 64 prompts" in watched.text("#periods-body")
    tracker.push("session", [session(9, "/home/dev/new-one", "busy", 1_000), *ACTIVE])
    watched.wait_for("#active-count", "5 sessions")
    watched.wait_for("#active-body", "new-one")
    limits = {"limits": [current["limits"][0] | {"utilization_ratio": 0.97}], "lockouts": [hit("seven_day", 1, 97)]}
    tracker.push("limits", limits | {"accounts": consistent(current | limits)["accounts"]})
    watched.wait_for("#limits-body", "97%")
    watched.wait_for("#lockouts", "Week: limit reached. Reset Thu, Nov 26, 12:00 PM, in 4 days.")
    tracker.push("block", None)
    watched.wait_for("#block-none", "No active 5-hour block. The next prompt starts one.")
    assert 1 == sum(url == tracker.url for url in watched.requests)
    assert [] == watched.complaints


def test_an_older_message_is_ignored(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    old = snapshot()["block"] | use(1, 0.0)
    tracker.send({"type": "block", "sequence": 7, "data": old})
    tracker.send({"type": "unknown", "sequence": 8, "data": {}})
    tracker.push("session", [])
    watched.wait_for("#active-body", "No active sessions")
    assert "12.3M" == watched.text("#block-tokens")


def test_all_changes_of_one_commit_are_applied(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    tracker.send({"type": "block", "sequence": 8, "data": snapshot()["block"] | use(13_000_000, 10.5)})
    tracker.send({"type": "session", "sequence": 8, "data": []})
    watched.wait_for("#active-body", "No active sessions")
    assert "13M" == watched.text("#block-tokens")


def test_the_block_ends_by_the_clock(tracker: Tracker, open_page: Open) -> None:
    current = snapshot()
    current["block"] |= {"start": at(hours=5), "end": at(seconds=-2)}
    tracker.answers["current"] = current
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    tracker.answers["current"] = current | {"block": None}
    watched.wait_for("#block-none", "No active 5-hour block.")
    assert "claude-tracker" == watched.page.title()


def test_warnings_are_shown_and_can_be_closed(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    current = tracker.answers["current"]
    tracker.push("limits", {**_limits(current), "warnings": [_warning("usage_warning", "80 % used")]})
    watched.wait_for("#notices", "80 %")
    tracker.push("limits", {**_limits(current), "warnings": [_warning("usage_critical", "95 % used")]})
    watched.wait_for("#notices", "95 %")
    assert "95 % used It is reset in 2 h. 12:00 PM ×" == watched.text("#notices")
    watched.page.get_by_role("button", name="Dismiss").click()
    assert "" == watched.text("#notices")
    tracker.push("limits", {**_limits(current), "warnings": [_warning("usage_critical", "95 % used")]})
    tracker.push("session", [])
    watched.wait_for("#active-body", "No active sessions")
    assert "" == watched.text("#notices"), "it stays closed"


def _warning(kind: str, title: str) -> Json:
    return {
        "kind": kind, "subject": "five_hour", "topic": "five_hour", "severity": "warning", "title": title,
        "text": "It is reset in 2 h.", "at": at(),
    }  # fmt: skip


def _limits(current: Json) -> Json:
    return {name: current[name] for name in ("limits", "lockouts", "verdict", "accounts")}


def test_a_page_that_is_opened_or_loaded_again_later_shows_what_still_holds(tracker: Tracker, open_page: Open) -> None:
    current = tracker.answers["current"]
    waiting = _warning("session_waiting", "A session waits") | {"subject": "s1", "topic": "session_waiting s1"}
    current["warnings"] = [_warning("limit_before_reset", "likely to run out"), waiting]
    watched = open_page(tracker.url)
    watched.wait_for("#notices", "likely to run out")
    assert 2 == watched.page.locator(".notice").count(), "one of the window, one of the wait"
    watched.page.get_by_role("button", name="Dismiss: likely").click()
    assert 1 == watched.page.locator(".notice").count()
    watched.page.reload()
    watched.wait_for("#notices", "likely to run out")
    assert 2 == watched.page.locator(".notice").count()
    tracker.push("limits", {**_limits(current), "warnings": [waiting]})
    watched.page.wait_for_function("document.querySelectorAll('.notice').length === 1")
    assert "A session waits It is reset in 2 h. 12:00 PM ×" == watched.text("#notices"), "what holds no longer is gone"


def test_a_lost_connection_is_shown_and_restored(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    tracker.stop()
    watched.wait_for("#link-text", "Disconnected since 12:00:0")
    assert "12.3M" == watched.text("#block-tokens")
    assert 1 > float(watched.page.locator("main").evaluate("part => getComputedStyle(part).opacity"))
    stopped = watched.text("#remaining")
    watched.page.wait_for_timeout(1_200)
    assert stopped == watched.text("#remaining")
    tracker.answers["current"] = snapshot() | {"sequence": 3, "block": None}  # of another database, perhaps
    tracker.start()
    watched.wait_for("#link-text", "Live")
    watched.wait_for("#block-none", "No active 5-hour block.")
    assert 1 == float(watched.page.locator("main").evaluate("part => getComputedStyle(part).opacity"))


def test_without_a_live_channel_the_page_polls(tracker: Tracker, open_page: Open) -> None:
    tracker.is_live = False
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Not live: polling every few seconds")
    tracker.answers["current"]["block"] |= use(13_000_000, 10.5)
    watched.wait_for("#block-tokens", "13M")
    tracker.is_live = True
    watched.wait_for("#link-text", "Live")


def test_the_first_read_is_shown_and_awaited(tracker: Tracker, open_page: Open) -> None:
    tracker.is_ready = False
    watched = open_page(tracker.url)
    watched.wait_for("#state-title", "Reading the transcripts for the first time")
    assert not watched.page.locator("main").is_visible()
    tracker.is_ready = True
    watched.wait_for("#block-tokens", "12.3M")
    watched.wait_for("#link-text", "Live")
    assert not watched.page.locator("#state").is_visible()


def test_without_any_usage(tracker: Tracker, open_page: Open) -> None:
    tracker.answers["current"] = nothing_yet()
    for route in ("hours", "days", "blocks", "sessions"):
        tracker.answers[route]["items"] = []
    tracker.answers["limits_history"]["hits"] = []
    tracker.answers["plan"]["totals"]["tokens"] = 0
    watched = open_page(tracker.url)
    watched.wait_for("#list-body", "No sessions yet")
    watched.wait_for("#plan figcaption", "Nothing yet.")
    for selector, text in {
        "#block-none": "Nothing used yet. Start Claude Code and the first response appears here.",
        "#limits-body": "",
        "#verdict": "Limits not known yet. Turn on the status line: `claude-tracker setup statusline`",
        "#active-body": "No active sessions",
        "#hours figcaption": "Nothing yet.",
        "#days figcaption": "Nothing yet.",
        "#blocks figcaption": "Nothing yet.",
        "#models-body": "No models yet",
        "#projects-body": "No projects yet",
        "#hits-body": "No limit has been reached so far",
    }.items():
        assert text == watched.text(selector)
    assert [] == watched.complaints
    assert not [url for url in watched.requests if "Chart" in url]


def test_without_session_detection(tracker: Tracker, open_page: Open) -> None:
    tracker.answers["current"]["sessions"] = None
    watched = open_page(tracker.url)
    watched.wait_for("#active-body", "Active sessions are not known")


def test_estimates_say_so(tracker: Tracker, open_page: Open) -> None:
    current = snapshot()
    current["block"] |= {"basis": "estimated"}
    current["block"]["token_limit"] |= {
        "tokens": 20_000_000,
        "used": 12_345_678,
        "basis": "custom",
    }
    current["limits"] = [current["limits"][0] | {"basis": "estimated", "source": "calibration"}]
    tracker.answers["current"] = consistent(current)
    watched = open_page(tracker.url)
    watched.wait_for("#block-basis", "estimated")
    assert (
        "about 42% used estimated by the window’s estimated size 12.3M of 20M tokens (your own limit)"
    ) == watched.text("#block-limit")


def test_sessions_are_searched_and_paged(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#list-count", "25 shown")
    watched.page.get_by_role("button", name="More sessions").click()
    watched.wait_for("#list-count", "50 shown")
    watched.page.get_by_role("button", name="More sessions").click()
    watched.wait_for("#list-count", "60 of 60 shown")
    assert not watched.page.locator("#more").is_visible()
    watched.page.get_by_label("Search project, branch or id").fill("infra")
    watched.wait_for("#list-count", "15 of 15 shown")
    watched.page.get_by_label("Search project, branch or id").fill("nowhere")
    watched.wait_for("#list-body", "No matching sessions")
    watched.page.get_by_label("Kind of session").select_option("claude_desktop")
    query = "/api/sessions/recent?limit=25&search=nowhere&session_type=claude_desktop"
    wait_until(lambda: tracker.requests[-1] == query, "the list is read with both filters")


def test_data_is_shown_as_text(tracker: Tracker, open_page: Open) -> None:
    current = tracker.answers
    current["current"]["totals"]["projects"][0]["project"] = ATTACK
    current["current"]["sessions"] = [session(1, f"/home/{ATTACK.replace('/', '')}", "busy", 1, branch=ATTACK)]
    current["sessions"]["items"] = current["current"]["sessions"]
    for use_of in current["days"]["items"][0]["models"]:
        use_of["model"] = ATTACK if use_of["model"] == SONNET else use_of["model"]
    watched = open_page(tracker.url, charts=True)
    watched.wait_for_charts()
    watched.wait_for("#projects-body", ATTACK)
    watched.wait_for("#active-body", ATTACK)
    watched.wait_for("#list-body", ATTACK)
    watched.page.locator("#days summary").click()
    watched.wait_for("#days table", ATTACK)
    assert 0 == watched.page.locator("img").count()
    assert [] == watched.complaints


@pytest.mark.parametrize(
    ("system", "choices"), [("dark", ["dark", "light", "dark"]), ("light", ["dark", "light", "light"])]
)
def test_the_theme_is_chosen_and_kept(tracker: Tracker, open_page: Open, system: str, choices: list[str]) -> None:
    watched = open_page(tracker.url, color_scheme=system)
    root = watched.page.locator("html")
    assert system == root.get_attribute("data-theme")
    found = []
    for _ in range(3):
        watched.page.get_by_role("button", name="Colours").click()
        found.append(root.get_attribute("data-theme"))
    assert choices == found
    watched.page.get_by_role("button", name="Colours").click()
    watched.page.reload()
    assert "dark" == root.get_attribute("data-theme")
    assert "Dark" == watched.text("#theme-name")


def test_charts_have_a_table_next_to_them(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url, charts=True)
    watched.wait_for_charts()
    assert "Bars of tokens by model for each day of the last four weeks: 1.23B tokens, $984.60 by list price." == (
        watched.page.locator("#days .plot").get_attribute("aria-label")
    )
    for chart in ("hours", "days", "blocks", "plan"):
        summary = watched.page.locator(f"#{chart} summary")
        summary.focus()
        watched.page.keyboard.press("Enter")
    watched.wait_for("#days table", "Sun, Nov 22")
    watched.wait_for("#hours table", "opus-4-5")
    watched.wait_for("#blocks table", "Sun, Nov 22, 10:00 AM – 3:00 PM, running")
    assert "10:00 AM – 3:00 PM, running official 3 12,345,678 $9.87" in watched.text("#blocks table")
    watched.wait_for("#plan table", "Monday")


def test_numbers_come_before_charts(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url, charts=True)
    watched.wait_for_charts()
    order = [url.removeprefix(tracker.url) for url in watched.requests]
    assert order.index("api/analytics/current") < order.index("assets/Chart.bundle.js")


def test_empty_hours_can_be_pointed_at_and_hidden_models_stay_so(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url, charts=True)
    watched.wait_for_charts()
    canvas = watched.page.locator("#hours canvas")
    chart = "Chart.getChart(document.querySelector('#hours canvas'))"
    name = watched.page.evaluate(
        f"(({{left, top}}) => ({{x: left + 5, y: top + 5}}))({chart}.legend.legendHitBoxes[0])"
    )
    canvas.click(position=name)
    area = canvas.bounding_box()
    assert area is not None
    hidden = f"{chart}.isDatasetVisible(0)"
    assert watched.page.evaluate(hidden) is False
    for share in range(5, 100, 5):
        watched.page.mouse.move(area["x"] + area["width"] * share / 100, area["y"] + area["height"] / 2)
    drawings = "performance.getEntriesByName('chart hours').length"
    drawn = watched.page.evaluate(drawings)
    tracker.push("usage", {name: tracker.answers["current"][name] for name in USAGE})
    wait_until(lambda: watched.page.evaluate(drawings) > drawn, "it is redrawn")
    assert watched.page.evaluate(hidden) is False
    assert 4 == watched.page.locator("canvas").count()
    assert [] == watched.complaints


def test_hours_that_start_at_half_past_are_shown(tracker: Tracker, open_page: Open) -> None:
    for item in tracker.answers["hours"]["items"]:
        item["hour"] = item["hour"].replace(":00:00", ":30:00", 1)
    watched = open_page(tracker.url, timezone_id="Asia/Kolkata")
    watched.wait_for("#hours-sum", "tokens")
    assert "0 tokens" != watched.text("#hours-sum")[:8]
