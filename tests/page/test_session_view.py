"""A session's page: literal facts of its story, and what it says where something is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.page import offline_html
from support.browser import Open, Watched
from support.page_data import answers, at
from support.processes import Server
from support.story import FORK, SESSION, everything
from support.story_json import STORY_JSON
from support.view_server import (
    DELETED,
    FORGOTTEN,
    IMPORTED,
    LONG,
    RUNNING,
    ViewTracker,
    running_story,
    views_like,
)

pytestmark = pytest.mark.server


@pytest.fixture
def tracker() -> Iterator[ViewTracker]:
    with views_like() as found:
        yield found


def opened(tracker: ViewTracker, open_page: Open, session: str, text: str) -> Watched:
    watched = open_page(f"{tracker.url}#/session/{session}")
    watched.wait_for("#view-body", text)
    return watched


def test_the_story(tracker: ViewTracker, open_page: Open) -> None:
    watched = opened(tracker, open_page, SESSION, "Add saved cards")
    assert "shop" == watched.text("#view-title")
    assert "ended 10:52 on main" == watched.text("#view .state")
    assert (
        "Cost ? ≥ $0.02 + ? Lasted ? 52 min Worked ? 9 min Prompts ? 3 Responses ? 7 Tokens ? ≥ 4,306"
    ) == watched.text("#view .big")
    assert (
        "Started 10:00 Project shop Folder /home/dev/shop Repository github.com/acme/shop Pull request #482 "
        "Client Claude Code 2.1.197, terminal 5-hour windows 09:00: $0.02 Interrupted 1 time "
        "By subagents <$0.01, 3 responses"
    ) == watched.text("#view .fx")
    assert [
        "10:00 Add saved cards $0.02 The table is there. 6 min Agent 2, Bash 2, Read 1 5 responses 2 calls failed "
        "context 3,010 Explore readers of the payment 4 min 2 responses <$0.01 "
        "Explore tests , started by Explore 0 s 1 response <$0.01",
        "10:30 Build the form. \\x1b[31mRed\\u202e ≥ $0.00 Half of 1 min 1 response interrupted by you context 5",
        "10:40 Context compacted automatically It had 170K tokens. "
        "The call itself is not in the transcript, so its cost is not counted.",
        "10:50 Go on $0.00 + ? All is well. 2 min mcp__acme__find 1 1 response 1 call failed "
        "2 API errors: server error, rate limit context 7",
        "10:52 Limit reached: 5 hours Reset 14:00.",
    ] == [" ".join(one.split()) for one in watched.page.locator("#view .tl > li").all_inner_texts()]
    assert (
        "Opus 4.5 90 3,000 4,200 $0.01 Sonnet 4.5 61 0 ≥ 96 ≥ $0.00 unheard-of-9 3 0 10 $0.00 + ? "
        "Total 154 3,000 ≥ 4,306 ≥ $0.02 + ?"
    ) in watched.text("#view .mt")
    assert "Agent 2 Bash 2 failed 2 Read 1 mcp__acme__find 1 failed 1" in watched.text("#view .tools")
    assert "72 % of the input read from it" in watched.text("#view .side")
    assert (
        "What is missing 1 compaction Claude Code does not write these calls. 1 response cut off The output in the "
        "transcript is a minimum. 10 tokens without a known price They are part of no cost. 17 tokens are in no "
        "transcript Claude Code itself reports $0.01 for this session. So the cost is at least $0.02."
    ) == watched.text("#view .side > :last-child")
    assert "https://github.com/acme/shop/pull/482" == watched.page.get_by_text("#482").get_attribute("href")
    assert [] == watched.complaints


def test_without_texts_a_turn_is_its_time_tools_and_cost(tracker: ViewTracker, open_page: Open) -> None:
    tracker.stories[SESSION] = STORY_JSON
    watched = opened(tracker, open_page, SESSION, "Turns")
    assert "10:00 6 min Agent 2, Bash 2, Read 1 $0.02 5 responses 2 calls failed" in watched.text("#view .tl")
    assert "Add saved cards" not in watched.text("#view")
    assert [] == [one for one in tracker.requests if "texts" in one]


def test_a_chart_shows_each_turn(tracker: ViewTracker, open_page: Open) -> None:
    watched = opened(tracker, open_page, SESSION, "Over time")
    plot = watched.page.locator("#course-cost .plot")
    plot.focus()
    for _ in range(3):
        watched.page.keyboard.press("ArrowLeft")
    assert "Turn, 10:00 Cost $0.02 Tokens 4,290 Worked 6 min Context 3,010" == watched.text("#course-cost .tip")
    assert watched.page.locator("#course-context .cursor").is_visible(), "one cursor for both"
    summary = plot.get_attribute("aria-label") or ""
    assert summary.startswith("Cost of each of 3 turns; the most expensive one at 10:00 cost $0.02.")
    watched.page.locator("#course-cost summary").click()
    assert "10:00 6 min 5 4,290 3,010 $0.02" in watched.text("#course-cost table")


def test_a_running_session_is_updated(tracker: ViewTracker, open_page: Open) -> None:
    watched = opened(tracker, open_page, RUNNING, "waits for permission")
    assert "Cost ? $2.57 Lasted ? 41 min" in watched.text("#view .big")
    focused = watched.page.locator("#view .how").first
    focused.focus()
    tracker.stories[RUNNING] = running_story(3.14) | {
        "turns": [*STORY_JSON["turns"], STORY_JSON["turns"][2] | {"at": at()}]
    }
    rows = tracker.answers["current"]["sessions"]
    busy = rows[1] | {"metadata": rows[1]["metadata"] | {"state": "busy"}}
    tracker.push("session", [rows[0], busy, *rows[2:]])
    watched.wait_for("#view .state", "working")
    watched.wait_for("#view .big", "$3.14")
    watched.wait_for("#view .tl > li:last-child", "12:00")
    assert 6 == watched.page.locator("#view .tl > li").count()
    assert "How “Cost” is calculated" == watched.page.evaluate("document.activeElement.getAttribute('aria-label')")


def test_a_long_session_shows_its_last_turns_and_all_on_request(tracker: ViewTracker, open_page: Open) -> None:
    watched = opened(tracker, open_page, LONG, "The last 60 of 500")
    entries = watched.page.locator("#view .tl > li")
    assert 61 == entries.count(), "60 turns and a limit; the compactions are older"
    watched.page.get_by_role("button", name="Show all 500 turns").click()
    watched.page.locator("#view .tl > li:nth-child(505)").wait_for()
    assert 505 == entries.count(), "500 turns, 4 compactions and a limit"
    assert watched.page.url.endswith(f"#/session/{LONG}?turns=all")
    watched.page.go_back()
    watched.wait_for("#view-body", "The last 60 of 500")
    assert [] == watched.complaints


def test_an_update_makes_only_what_changed(tracker: ViewTracker, open_page: Open) -> None:
    watched = open_page(f"{tracker.url}#/session/{LONG}?turns=all")
    watched.page.locator("#view .tl > li:nth-child(505)").wait_for()
    watched.page.evaluate("document.querySelectorAll('#view .tl > li').forEach((one, at) => (one.mark = at))")
    watched.page.evaluate("window.changes = 0")
    watched.page.evaluate(
        "new MutationObserver((found) => (window.changes += found.length))"
        ".observe(document.querySelector('#view .tl'), { childList: true, subtree: true, attributes: true })"
    )
    tracker.push("session", [])
    watched.page.locator("#active-body").filter(has_text="No active sessions").wait_for(state="attached")
    watched.page.wait_for_timeout(500)
    assert 0 == watched.page.evaluate("window.changes")


def test_after_the_transcript_was_deleted(tracker: ViewTracker, open_page: Open) -> None:
    watched = opened(tracker, open_page, DELETED, "The transcript was deleted")
    assert ("Which calls failed, compactions and what subagents did are not known any more.") in watched.text(
        "#view .side"
    )
    assert "What they did is not known any more. Their IDs: a1, b2" in watched.text("#view .side")
    assert "6 calls, failures not known" in watched.text("#view .side")
    assert "Context compacted" not in watched.text("#view")


def test_a_forgotten_session_has_no_names(tracker: ViewTracker, open_page: Open) -> None:
    watched = opened(tracker, open_page, FORGOTTEN, "This session was forgotten")
    assert "Forgotten session" == watched.text("#view-title")
    assert [] == re.findall("shop|acme|Explore|main", watched.text("#view"))
    assert "≥ $0.02 + ?" in watched.text("#view .big")


def test_an_imported_session(tracker: ViewTracker, open_page: Open) -> None:
    watched = opened(tracker, open_page, IMPORTED, "This session was imported")
    assert "Tokens ≈ 1.23M" == watched.text("#view .big")
    assert "An earlier tracker estimated its tokens. They are in no total." in watched.text("#view .side")
    assert "$0.00" not in watched.text("#view")


def test_a_session_links_to_its_project_and_back(tracker: ViewTracker, open_page: Open) -> None:
    watched = opened(tracker, open_page, SESSION, "Add saved cards")
    watched.page.locator("#view .fx").get_by_role("link", name="shop").click()
    watched.wait_for("#view-body", "Branches")
    assert watched.page.url.endswith("#/project/shop")
    watched.page.get_by_role("link", name="Back to the overview").click()
    watched.page.locator("#overview").wait_for()
    assert not watched.page.locator("#view").is_visible()


def test_a_file_says_what_it_does_not_have(tmp_path: Path, open_page: Open) -> None:
    path = tmp_path / "dashboard.html"
    path.write_text(offline_html(answers(), at()), encoding="utf-8")
    watched = open_page(f"{path.as_uri()}#/session/{answers()['sessions']['items'][40]['id']}", offline=True)
    watched.wait_for("#view-body", "This page does not have the story of a session.")
    assert "Started" in watched.text("#view .fx")
    watched.page.goto(f"{path.as_uri()}#/session/unknown")
    watched.wait_for("#view-body", "This page does not have this session.")
    assert [] == watched.complaints


# ------------------------------------------------------------------------------------------------ the real tracker


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    everything(tmp_path / "claude" / "projects")
    return tmp_path / "claude"


def test_the_real_story(tmp_path: Path, claude: Path, open_page: Open) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        url = f"http://127.0.0.1:{server.wait_ready().port}/"
        watched = open_page(f"{url}#/session/{SESSION}")
        watched.wait_for("#view-body", "Agent 2, Bash 2, Read 1")
        assert "Cost ? ≥ $0.02 + ? Lasted ? 52 min Worked ? 9 min Prompts ? 3 Responses ? 7" in watched.text(
            "#view .big"
        )
        assert "Add saved cards" not in watched.text("#view")
        assert [] == watched.complaints
        watched.page.goto(f"{url}#/session/{FORK}")
        watched.wait_for("#view-body", "0 s")
        assert "Prompts ? 1 Responses ? 1" in watched.text("#view .big"), "what it copied belongs to the original"
        watched.page.goto(f"{url}#/session/unknown")
        watched.wait_for("#view-body", "There is no session with this ID.")
        watched.page.wait_for_timeout(500)
        assert 1 == len([one for one in watched.requests if one.endswith("/api/sessions/unknown")])


def test_texts_are_shown_where_the_user_turned_them_on(tmp_path: Path, claude: Path, open_page: Open) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[page]\ntexts = true\n", encoding="utf-8")
    with Server(tmp_path, "--config-dir", claude, "--config", config, CLAUDE_TRACKER_TOKEN="secret") as server:
        headers = {"Authorization": "Bearer secret"}
        while server.get("/-/ready", **headers).status != 200:
            assert not server.has_ended(), server.said
        url = f"http://127.0.0.1:{server.port}/"
        watched = open_page(f"{url}?token=secret")
        watched.page.goto(f"{url}#/session/{SESSION}")
        watched.wait_for("#view .tl", "Add saved cards")
        assert "Explore readers of the payment" in watched.text("#view .tl")
        assert "The table is there." in watched.text("#view .tl")
