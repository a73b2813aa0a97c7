"""The live page in a real browser, on a server whose answers the test sets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from support.browser import Open, Watched
from support.page_data import ACTIVE, SONNET, Json, at, consistent, hit, session, snapshot, use
from support.page_server import Tracker
from support.page_states import nothing_yet, reading_history
from support.processes import wait_until

pytestmark = pytest.mark.server

USAGE = ("today", "totals", "week", "month", "accounts")
"""What a message of usage has."""
VERDICT = "Lasts until the reset at 15:00 About 74 % used by then. Week: about 74 % by Thu 12:00."
BLOCK = (
    "10:00 to 15:00 official 2:59:5_ left Cost $9.87 Projected cost about $24.73 Tokens 12.3M Projected tokens "
    "about 30.9M Pace 103K tokens a minute Sessions 3 Responses 309 Cache hits 91 % Efficiency 71 of 100 Used 42 % "
    "Estimated size 3.36M of 8M cost-weighted tokens input 123K output 309K cache write, 5 min 617K "
    "cache write, 1 h 247K cache read 11M Opus 4.5 9.35M $7.48 Sonnet 4.5 3M $2.40 "
    "A block is running until 15:00. One started now typically uses 9M tokens, 4 % of a usual week."
)
ATTACK = '<img src=x onerror="document.title=1">'


def titles(watched: Watched, selector: str) -> list[str | None]:
    """What parts say when they are pointed at."""
    found = (part.get_attribute("title") for part in watched.page.locator(selector).all())
    return [" ".join(text.split()) if text is not None else None for text in found]


def test_every_part_shows_the_trackers_data(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for_charts()
    watched.wait_for("#hits-body", "5 hours")
    watched.wait_for("#active-body", "$2.57")
    watched.wait_for("#projects-body", "shop")
    watched.wait_for("#used-body", "Explore")
    watched.wait_for("#block-body", "typically")
    assert "Live" == watched.text("#link-text")
    assert VERDICT == watched.text("#verdict")
    assert "28px" == watched.page.locator("#verdict h1").evaluate("title => getComputedStyle(title).fontSize")
    assert "Lasts until the reset at 15:00 · claude-tracker" == watched.page.title()
    assert (
        "5 hours binds 42 % 3 h 00 min left about 74 % by 15:00 Week 31 % 4 d left about 74 % by Thu 12:00 "
        "used projected time elapsed official, 2 min ago"
    ) == watched.text("#windows")
    assert [f"Official, from statusline, 2 min ago; resets {at}" for at in ("15:00", "Thu 12:00")] == titles(
        watched, "#windows .w"
    )
    assert "5 hours 21 % an hour so far, lasts up to 19 %" == watched.text("#burnup-caption")
    assert (
        "payments fix/refund waits for permission started 41 min ago Opus 4.5 $2.57 "
        "shop main working started 1 h 35 min ago Opus 4.5 +1 more $6.75 "
        "infra idle started 12 min ago Sonnet 4.5 ≥ $0.32 Claude Desktop state not known started 3 h 10 min ago –"
    ) == watched.text("#active-body")
    assert ["3.21M tokens", "8.43M tokens", "≥ 402K tokens", "0 tokens"] == titles(watched, "#active-body .num")
    assert (
        "Today $17.20 usual by now $14 21.5M tokens, 64 prompts, 412 tool calls Sun today "
        "Week $198.40 usual by now $75 about $413 by Thu 12:00; official week, 248M tokens; "
        "opus $150.30, sonnet $44.10, haiku $4.00 Oct 4 now "
        "Month $1,034.50 about $1,460 by Nov 30 usual $900 Jun Nov"
    ) == watched.text("#cost-body")
    assert ("Cost by day", "$984.60 in 4 weeks") == (watched.text("#usage-title"), watched.text("#usage-sum"))
    assert (
        "Projects by cost Project Bar Share Responses Tokens Cost shop 47 % 14,475 578M $462.76 "
        "payments 26 % 8,011 320M $256.00 infra 15 % 4,627 185M $147.69 docs 12 % 3,699 148M $118.05 "
        "playground <1 % 24 123K $0.10 Total 100 % 30,836 1.23B $984.60"
    ) == watched.text("#projects-body")
    assert (
        "Models by cost Model Bar Share Responses Tokens Cost Opus 4.5 62 % 19,088 763M $610.45 "
        "Sonnet 4.5 30 % 9,241 369M $295.38 Haiku 4.5 8 % 2,472 98.5M $78.77 Total 100 % 30,801 1.23B $984.60"
    ) == watched.text("#models-body")
    assert "Explore 9,241 responses $295.38" in watched.text("#used-body")
    assert "commit 6,167 responses $196.92" in watched.text("#used-body")
    assert "github 3,087 responses $98.46 no MCP server 27,702 responses $886.14" in watched.text("#used-body")
    assert "payments next Sat 18:30 25 min Opus 4.5 $0.88" in watched.text("#list-body")
    assert ("28 windows", "10:00 running 42 % $9.87 04:00 $9.87") == (
        watched.text("#blocks-sum"), watched.text("#blocks-body").partition("Cost ")[2][:36],
    )  # fmt: skip
    assert "Fri 08:00 5 hours 1 h 30 min $21.30 Nov 15, 10:00 5 hours 36 min $21.30" in watched.text("#hits-body")
    assert ["The week until then: $160.90"] * 2 == titles(watched, "#hits-body tbody tr")
    assert BLOCK == re.sub(r":5\d left", ":5_ left", watched.text("#block-body"))
    assert "When you work 329M tokens, 60 active hours" == watched.text("#plan summary >> nth=0")
    assert (
        "Everything is read 812 transcripts, 48,501 responses, 1.94B tokens, $1,552.40 since the beginning "
        "2 responses were cut off in the transcript: their output is a minimum "
        "93 % of responses in the last week succeeded database 41 MB as of 12:00 Costs are estimates by list price."
    ) == watched.text("#health")
    assert [] == watched.complaints
    assert {f"http://127.0.0.1:{tracker.port}", f"ws://127.0.0.1:{tracker.port}"} == {
        "/".join(url.split("/")[:3]) for url in watched.requests if not url.startswith("data:")
    }


def test_polling_is_said_where_the_health_is_shown(tracker: Tracker, open_page: Open) -> None:
    tracker.answers["current"]["health"]["watched_folders"] = {"events": 1, "polling": 1}
    watched = open_page(tracker.url)
    watched.wait_for("#health", "Looking for changes every 5 seconds: the system does not report them")


def test_what_no_transcript_holds_is_said(tracker: Tracker, open_page: Open) -> None:
    tracker.answers["current"]["unwritten"] = {
        "total_tokens": 2_627, "cost_usd": 0.61, "sessions": 430, "sessions_with_total": 422, "models": [],
    }  # fmt: skip
    watched = open_page(tracker.url)
    watched.wait_for("#health", "2,627 tokens")
    assert (
        "In no transcript and in no figure: 2,627 tokens, $0.61, by Claude Code’s own totals of 422 of 430 sessions"
    ) in watched.text("#health")


def test_clocks_tick_without_a_message(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#remaining", "2:59:5")
    before = watched.text("#remaining")
    watched.wait_for("#remaining", "2:59:55")
    assert before != watched.text("#remaining")


def test_ages_and_remaining_times_follow_the_clock(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#windows", "official, 2 min ago")
    watched.wait_for("#active-body", "started 1 h 35 min ago")
    watched.page.clock.install()
    watched.page.reload()
    watched.wait_for("#windows", "3 h 00 min left")
    tracker.answers["current"]["as_of"] = at(minutes=-25)  # what the next regular read finds
    watched.page.clock.run_for(61_000)
    watched.wait_for("#active-body", "started 2 h 00")
    watched.wait_for("#windows", "2 h 35 min left")


def test_a_push_moves_the_numbers(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    block = snapshot()["block"] | use(13_000_000, 10.5)
    tracker.push("block", block)
    watched.wait_for("#block-body", ["Tokens", "13M"][-1])
    current = snapshot()
    used = consistent(current | {"today": current["today"] | use(9, 1), "block": block})
    tracker.push("usage", {name: used[name] for name in USAGE})
    watched.wait_for("#cost-body", "$1.00")
    assert "Today $1.00" in watched.text("#cost-body")
    assert "9 tokens, 64 prompts" in watched.text("#cost-body")
    tracker.push("session", [session(9, "/home/dev/new-one", "busy", 1_000), *ACTIVE[:1], *ACTIVE[2:]])
    watched.wait_for("#active-count", "4 sessions")
    watched.wait_for("#active-body", "new-one")
    limits = {"limits": [current["limits"][0] | {"utilization_ratio": 0.97}], "lockouts": [hit("seven_day", 1, 97)]}
    tracker.push("limits", limits | {"accounts": consistent(current | limits)["accounts"]})
    watched.wait_for("#windows", "97")
    watched.wait_for("#lockouts", "Week: limit reached. Reset Thu 12:00, in 4 d.")
    tracker.push("block", None)
    watched.wait_for("#block-body", "No active 5-hour block. The next prompt starts one.")
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
    assert "Tokens 12.3M" in watched.text("#block-body")


def test_all_changes_of_one_commit_are_applied(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    tracker.send({"type": "block", "sequence": 8, "data": snapshot()["block"] | use(13_000_000, 10.5)})
    tracker.send({"type": "session", "sequence": 8, "data": []})
    watched.wait_for("#active-body", "No active sessions")
    assert "Tokens 13M" in watched.text("#block-body")


def test_the_block_ends_by_the_clock(tracker: Tracker, open_page: Open) -> None:
    current = snapshot()
    current["block"] |= {"start": at(hours=5), "end": at(seconds=-2)}
    tracker.answers["current"] = current
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    tracker.answers["current"] = current | {"block": None}
    watched.wait_for("#block-body", "No active 5-hour block.")


def test_warnings_are_shown_and_can_be_closed(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    current = tracker.answers["current"]
    tracker.push("limits", {**_limits(current), "warnings": [_warning("usage_warning", "80 % used")]})
    watched.wait_for(".notice", "80 %")
    tracker.push("limits", {**_limits(current), "warnings": [_warning("usage_critical", "95 % used")]})
    watched.wait_for(".notice", "95 %")
    assert "95 % used It is reset in 2 h. 12:00 Dismiss" == watched.text("#notices")
    watched.page.get_by_role("button", name="Dismiss").click()
    assert "" == watched.text("#notices")
    tracker.push("limits", {**_limits(current), "warnings": [_warning("usage_critical", "95 % used")]})
    tracker.push("session", [])
    watched.wait_for("#active-body", "No active sessions")
    assert "" == watched.text("#notices"), "it stays closed"


def test_a_warning_that_comes_later_is_in_view_and_moves_nothing(tracker: Tracker, open_page: Open) -> None:
    current = tracker.answers["current"]
    current["warnings"] = [_warning("usage_warning", "80 % used")]
    watched = open_page(tracker.url)
    watched.wait_for(".notice", "80 %")
    watched.wait_for("#link-text", "Live")
    page = watched.page
    watched.wait_for("#usage-legend", "Opus")
    page.evaluate("""moved = 0; new PerformanceObserver((list) => {
        moved += list.getEntries().reduce((sum, one) => sum + one.value, 0); }).observe({ type: "layout-shift" })""")
    tracker.push("limits", {**_limits(current), "warnings": [*current["warnings"], _warning("usage_critical", "95 %")]})
    watched.wait_for(".notice", "95 %")
    box = page.locator(".notice", has_text="95 %").bounding_box()
    assert box is not None
    assert 900 - 16 == box["y"] + box["height"], "at the bottom of the window"
    page.wait_for_timeout(200)
    assert 0 == page.evaluate("moved")


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
    expect(watched.page.locator(".notice")).to_have_count(1)
    assert "A session waits It is reset in 2 h. 12:00 Dismiss" == watched.text("#notices"), (
        "what holds no longer is gone"
    )


def test_a_lost_connection_is_shown_and_restored(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Live")
    tracker.stop()
    watched.wait_for("#link-text", "Disconnected since 12:00:0")
    assert "Tokens 12.3M" in watched.text("#block-body")
    assert "0.6" == watched.page.locator("#limits").evaluate("part => getComputedStyle(part).opacity")
    assert "Start it with claude-tracker run" == watched.text("#advice")
    stopped = watched.text("#remaining")
    watched.page.wait_for_timeout(1_200)
    assert stopped == watched.text("#remaining")
    tracker.answers["current"] = snapshot() | {"sequence": 3, "block": None}  # of another database, perhaps
    tracker.start()
    watched.wait_for("#link-text", "Live")
    watched.wait_for("#block-body", "No active 5-hour block.")
    assert "1" == watched.page.locator("#limits").evaluate("part => getComputedStyle(part).opacity")
    assert not watched.page.locator("#advice").is_visible()


def test_without_a_live_channel_the_page_polls(tracker: Tracker, open_page: Open) -> None:
    tracker.is_live = False
    watched = open_page(tracker.url)
    watched.wait_for("#link-text", "Not live: polling every few seconds")
    tracker.answers["current"]["block"] |= use(13_000_000, 10.5)
    watched.wait_for("#block-body", "13M")
    tracker.is_live = True
    watched.wait_for("#link-text", "Live")


def test_the_first_read_is_shown_and_awaited(tracker: Tracker, open_page: Open) -> None:
    tracker.is_ready = False
    watched = open_page(tracker.url)
    watched.wait_for("#state-title", "Reading the transcripts for the first time")
    assert not watched.page.locator("#overview").is_visible()
    tracker.is_ready = True
    watched.wait_for("#block-body", "12.3M")
    watched.wait_for("#link-text", "Live")
    assert not watched.page.locator("#state").is_visible()


def test_in_the_first_read_the_newest_is_shown_and_the_rest_follows(
    tracker: Tracker, open_page: Open, pictures: Path
) -> None:
    tracker.is_ready, tracker.early = False, reading_history()
    watched = open_page(tracker.url)
    watched.wait_for("#unread", "Reading history, newest first 41 %")
    assert (
        "Exact already: this block, its sessions, today. Week, month, forecasts and charts follow, in about 5 s."
        in (watched.text("#unread"))
    )
    assert "42 % used; too early to say whether it lasts" in watched.text("#verdict")
    assert "Today $17.20 64 prompts" in watched.text("#cost-body")
    assert "Week – not read yet Month – not read yet" in watched.text("#cost-body")
    assert "appear when everything is read" in watched.text("#unread")
    assert "Reading" in watched.text("#health")
    assert "Reading 41 %" == watched.text("#link-text")
    assert not watched.page.locator("#usage").is_visible()
    watched.page.screenshot(path=pictures / "reading-history.png")
    tracker.early["reading"] |= {"ratio": 0.9, "seconds_left": 0.4}
    watched.wait_for("#unread", "newest first 90 %")
    tracker.answers["current"]["sequence"] = 1
    tracker.is_ready = True
    watched.wait_for("#usage-legend", "Opus")
    watched.wait_for("#list-body", "shop")
    assert "Reading" not in watched.text("#windows")
    assert not watched.page.locator("#unread").is_visible()
    watched.wait_for("#link-text", "Live")


def test_where_nothing_was_found_one_card_says_where_it_looked(tracker: Tracker, open_page: Open) -> None:
    tracker.answers["current"] = nothing_yet()
    watched = open_page(tracker.url)
    watched.wait_for("#state", "does not exist")
    assert (
        "No Claude Code transcripts found Looked in: ~/.claude/projects does not exist "
        "~/.config/claude/projects does not exist "
        "Start Claude Code once. This page updates live. Or name a folder: claude-tracker run --config-dir DIR "
        "For your limits, turn on the status line: claude-tracker setup statusline"
    ) == watched.text("#state")
    assert not watched.page.locator("#overview").is_visible()
    tracker.push("usage", {name: snapshot()[name] for name in USAGE})
    watched.wait_for("#cost-body", "$17.20")
    assert not watched.page.locator("#state").is_visible()
    assert [] == watched.complaints


def test_without_any_usage(tracker: Tracker, open_page: Open) -> None:
    current = nothing_yet()
    current["health"]["files"] = 1  # a transcript without a response
    tracker.answers["current"] = current
    for route in ("hours", "days", "months", "blocks", "sessions"):
        tracker.answers[route]["items"] = []
    for found in tracker.answers["breakdowns"]["day"].values():
        found["items"] = []
    tracker.answers["limits_history"]["hits"] = []
    tracker.answers["plan"]["totals"]["tokens"] = 0
    watched = open_page(tracker.url)
    watched.wait_for("#list-body", "No sessions yet")
    watched.wait_for("#plan-body", "Nothing yet.")
    watched.wait_for("#used-body", "None of the agents was used")
    watched.wait_for("#blocks-body", "No 5-hour windows yet")
    for selector, text in {
        "#block-body > p >> nth=0": "Nothing used yet. Start Claude Code and the first response appears here.",
        "#windows": "",
        "#verdict": "Limits not known yet Turn on the status line: claude-tracker setup statusline",
        "#active-body": "No active sessions",
        "#usage-chart": "Nothing yet.",
        "#models-body": "No models yet",
        "#projects-body": "No projects yet",
        "#hits-body": "No limit has been reached so far",
    }.items():
        assert text == watched.text(selector)
    assert [] == watched.complaints


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
    watched.wait_for("#block-body", "estimated")
    assert "Used about 42 % Your own limit 12.3M of 20M tokens" in watched.text("#block-body")
    assert "5 hours binds estimated about 42 % 3 h 00 min left" in watched.text("#windows")
    assert watched.text("#windows").endswith("time elapsed estimated")
    assert ["Estimated by the window’s size; resets 15:00"] == titles(watched, "#windows .w")


def test_a_price_that_is_not_known_is_said(tracker: Tracker, open_page: Open) -> None:
    tracker.answers["current"]["block"]["unpriced_tokens"] = 5_000
    for item in tracker.answers["days"]["items"]:
        item["models"][0]["unpriced_tokens"] = item["unpriced_tokens"] = 10
    watched = open_page(tracker.url)
    watched.wait_for("#block-body", ["Without a price 5,000", ""][0][-5:])
    assert "Cost $9.87 + ?" in watched.text("#block-body")
    watched.wait_for("#models-body", "$610.45 + ?")
    assert "$984.60 + ? in 4 weeks" == watched.text("#usage-sum")


def test_sessions_are_searched_and_paged(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for("#list-count", "14 shown")
    for shown in ("25 shown", "50 shown", "60 of 60 shown"):
        watched.page.get_by_role("button", name="More sessions").click()
        watched.wait_for("#list-count", shown)
    assert not watched.page.locator("#more").is_visible()
    watched.page.get_by_label("Search project, model or id").fill("infra")
    watched.wait_for("#list-count", "15 of 15 shown")
    watched.page.get_by_label("Search project, model or id").fill("nowhere")
    watched.wait_for("#list-body", "No matching sessions")
    watched.page.get_by_label("Kind of session").select_option("claude_desktop")
    query = "/api/sessions/recent?limit=25&search=nowhere&session_type=claude_desktop"
    wait_until(lambda: query in tracker.requests, "the list is read with both filters")
    assert watched.page.url.endswith("#/?list=all&search=nowhere&kind=claude_desktop")


def test_data_is_shown_as_text(tracker: Tracker, open_page: Open) -> None:
    current = tracker.answers
    for item in current["breakdowns"]["day"]["project"]["items"]:
        item["breakdown"][0]["project"] = ATTACK
    current["current"]["sessions"] = [session(1, f"/home/{ATTACK.replace('/', '')}", "busy", 1, branch=ATTACK)]
    current["sessions"]["items"] = current["current"]["sessions"]
    for use_of in current["days"]["items"][0]["models"]:
        use_of["model"] = ATTACK if use_of["model"] == SONNET else use_of["model"]
    watched = open_page(tracker.url)
    watched.wait_for_charts()
    watched.wait_for("#projects-body", ATTACK)
    watched.wait_for("#active-body", ATTACK)
    watched.wait_for("#list-body", ATTACK)
    watched.page.locator("#usage-chart summary").click()
    watched.wait_for("#usage-chart table", ATTACK)
    assert 0 == watched.page.locator("img").count()
    assert [] == watched.complaints


@pytest.mark.parametrize(
    ("system", "choices"), [("dark", ["light", "dark", "light"]), ("light", ["dark", "light", "dark"])]
)
def test_each_press_changes_the_theme_and_the_last_one_is_kept(
    tracker: Tracker, open_page: Open, system: str, choices: list[str]
) -> None:
    watched = open_page(tracker.url, color_scheme=system)
    root = watched.page.locator("html")
    assert system == root.get_attribute("data-theme")
    found = []
    for _ in range(3):
        watched.page.locator("#theme").click()
        found.append(root.get_attribute("data-theme"))
    assert choices == found
    assert f"Switch to {system} colours" == watched.page.locator("#theme").get_attribute("aria-label")
    watched.page.reload()
    assert choices[-1] == root.get_attribute("data-theme")


def test_charts_have_a_table_next_to_them(tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    watched.wait_for_charts()
    watched.wait_for("#plan-body", "Mon")
    assert (
        "Cost by day: bars of the last 4 weeks, $984.60 by list price, 1.23B tokens. Arrow keys move along it."
    ) == watched.page.locator("#usage-chart .plot").get_attribute("aria-label")
    for chart in ("usage-chart", "burnup", "plan-body"):
        watched.page.locator(f"#{chart} summary").focus()
        watched.page.keyboard.press("Enter")
    watched.wait_for("#usage-chart table", "Sun, Nov 22")
    assert "When Opus 4.5 Sonnet 4.5 Haiku 4.5 Tokens Cost" in watched.text("#usage-chart table")
    watched.wait_for("#burnup table", "11:48")
    watched.wait_for("#plan-body table", ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][0])
    assert "21:00 1M 1M 1M 1M 1M 1M 1M" in watched.text("#plan-body table")


def test_hours_that_start_at_half_past_are_shown(tracker: Tracker, open_page: Open) -> None:
    for item in tracker.answers["hours"]["items"]:
        item["hour"] = item["hour"].replace(":00:00", ":30:00", 1)
    watched = open_page(f"{tracker.url}#/?range=24h", timezone_id="Asia/Kolkata")
    watched.wait_for("#usage-sum", "in 24 hours")
    assert "no usage" != watched.text("#usage-sum")
    assert "$0.00" not in watched.text("#usage-sum")
