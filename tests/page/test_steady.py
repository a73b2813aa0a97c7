"""Nothing moves after the first paint, in whatever order and however late the answers come; a change costs its part."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, expect

from support.browser import Open, Watched
from support.page_data import ACTIVE, NOT_KNOWN, consistent, session, snapshot, use
from support.page_server import Tracker
from support.page_states import answers_of_two, budgets, many_windows, nearly_full, nothing_yet, reading_history

pytestmark = pytest.mark.server

PHONE, WIDE = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
MOVED = """
window.moved = [];
const at = ({ x, y }) => `${x},${y}`;
const said = ({ node, previousRect, currentRect }) =>
  `${node?.id || node?.nodeName} ${at(previousRect)} to ${at(currentRect)}`;
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries())
    moved.push(`${value.toFixed(4)}: ${sources.map(said).join(", ")}`);
}).observe({ type: "layout-shift", buffered: true });
"""
"""Notes each layout shift (https://web.dev/articles/cls): its score, and the parts that moved from where to where."""
ANSWERS = ("plan", "usual", "limits_history", "costs", "sessions", "usage", "blocks", "folders")


def usual(tracker: Tracker) -> None:
    tracker.answers["current"]["budgets"] = budgets()


def no_block(tracker: Tracker) -> None:
    """The plan says what a block that starts now would cover, in the headline."""
    found = snapshot() | {"block": None}
    found["limits"] = found["limits"][1:]
    found["verdict"] = NOT_KNOWN
    tracker.answers["current"] = consistent(found)


def no_session(tracker: Tracker) -> None:
    """Those that ended last stand there."""
    tracker.answers["current"]["sessions"] = []


def empty(tracker: Tracker) -> None:
    tracker.answers["current"] = nothing_yet()


def locked_out(tracker: Tracker) -> None:
    tracker.answers["current"] = nearly_full()


def every_window(tracker: Tracker) -> None:
    tracker.answers["current"] = many_windows()


def two(tracker: Tracker) -> None:
    tracker.answers.update(answers_of_two())


STATES = {one.__name__: one for one in (usual, no_block, no_session, empty, locked_out, every_window, two)}


def settled(watched: Watched, state: str) -> None:
    """Until all answers are there, and some frames more."""
    if state == "empty":
        watched.wait_for("#state-more", "~/.claude/projects")
    else:
        watched.wait_for("#list-count", "shown")
        watched.wait_for("#link-text", "Live")
        for part in ("#plan-sum", "#used-body"):
            expect(watched.page.locator(part)).not_to_be_empty()
    watched.page.wait_for_timeout(300)


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
@pytest.mark.parametrize("state", STATES)
def test_answers_that_come_one_by_one_move_nothing(
    tracker: Tracker, open_page: Open, state: str, size: dict[str, int]
) -> None:
    STATES[state](tracker)
    tracker.late = {name: 0.05 + 0.07 * number for number, name in enumerate(ANSWERS)}
    watched = open_page("about:blank", viewport=size)
    watched.page.add_init_script(MOVED)
    watched.page.goto(tracker.url)
    settled(watched, state)
    assert [] == watched.page.evaluate("moved")


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
@pytest.mark.parametrize("state", STATES)
def test_answers_later_than_the_page_waits_move_nothing(
    tracker: Tracker, open_page: Open, state: str, size: dict[str, int]
) -> None:
    STATES[state](tracker)
    tracker.late = dict.fromkeys(ANSWERS, 2.0)
    watched = open_page("about:blank", viewport=size)
    watched.page.add_init_script(MOVED)
    watched.page.goto(tracker.url)
    settled(watched, state)
    assert [] == watched.page.evaluate("moved")


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_a_page_that_comes_in_two_parts_moves_nothing(tracker: Tracker, open_page: Open, size: dict[str, int]) -> None:
    empty(tracker)
    tracker.late = {"page": 0.7}
    watched = open_page("about:blank", viewport=size)
    watched.page.add_init_script(MOVED)
    watched.page.goto(tracker.url)
    settled(watched, "empty")
    assert [] == watched.page.evaluate("moved")


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
@pytest.mark.parametrize("name", ["usual", "limits_history", "usage"])
def test_an_answer_that_is_very_late_moves_nothing(
    tracker: Tracker, open_page: Open, name: str, size: dict[str, int]
) -> None:
    tracker.late = {name: 4.0}
    watched = open_page("about:blank", viewport=size)
    watched.page.add_init_script(MOVED)
    watched.page.goto(tracker.url)
    watched.wait_for("#cost-body", "$17.20")
    assert 4_000 > watched.page.evaluate("performance.now()"), "the page does not wait for it"
    settled(watched, "usual")
    watched.page.wait_for_timeout(5_000 - watched.page.evaluate("performance.now()"))
    assert [] == watched.page.evaluate("moved")


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_the_end_of_the_first_read_moves_nothing(tracker: Tracker, open_page: Open, size: dict[str, int]) -> None:
    tracker.is_ready, tracker.early = False, reading_history()
    tracker.late = {name: 0.05 + 0.07 * number for number, name in enumerate(ANSWERS)}
    watched = open_page("about:blank", viewport=size)
    watched.page.add_init_script(MOVED)
    watched.page.goto(tracker.url)
    watched.wait_for("#unread", "Reading history, newest first 41 %")
    tracker.is_ready = True
    settled(watched, "usual")
    assert not watched.page.locator("#unread").is_visible()
    assert [] == watched.page.evaluate("moved")


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_a_verdict_that_changes_moves_nothing(tracker: Tracker, open_page: Open, size: dict[str, int]) -> None:
    watched = open_page("about:blank", viewport=size)
    watched.page.add_init_script(MOVED)
    watched.page.goto(tracker.url)
    settled(watched, "usual")
    current = tracker.answers["current"]
    changed = consistent(current | {"verdict": current["verdict"] | {"state": "too_early", "sentence": "42 % used"}})
    tracker.push("limits", {name: changed[name] for name in ("limits", "lockouts", "verdict", "accounts")})
    watched.wait_for("#verdict", "42 % used")
    watched.page.wait_for_timeout(300)
    assert [] == watched.page.evaluate("moved")


def test_a_change_styles_what_it_changed(browser: Browser, tracker: Tracker, open_page: Open) -> None:
    watched = open_page(tracker.url)
    settled(watched, "usual")
    elements = watched.page.locator("#overview *").count()
    block = tracker.answers["current"]["block"]
    browser.start_tracing(page=watched.page, categories=["disabled-by-default-devtools.timeline", "devtools.timeline"])
    tracker.push("block", block | use(13_000_000, 10.5))
    watched.wait_for("#block-body", "$10.50")
    tracker.push("session", [session(9, "/home/dev/new-one", "busy", 1_000), *ACTIVE])
    watched.wait_for("#active-body", "new-one")
    watched.page.wait_for_timeout(100)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    styled = [event["args"]["elementCount"] for event in events if event["name"] == "UpdateLayoutTree"]
    assert elements > 800
    assert 0 < max(styled) < 150, "not those of every card"
