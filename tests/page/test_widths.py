"""The page at every width, dark and light, in every state: nothing is cut, overlaps or scrolls unseen."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from support.browser import Open, Watched
from support.page_data import at, hit, said, snapshot, verdict
from support.page_layout import FINDINGS
from support.page_server import Tracker
from support.page_states import answers_of_two, budgets, many_windows, nearly_full, nothing_yet, reading_history
from support.sampling import sample_or_all

pytestmark = [pytest.mark.server, pytest.mark.long]

WIDTHS = (320, 390, 768, 1024, 1280, 1440, 1920, 2560)
THEMES = ("dark", "light")
SAMPLE = 8
"""Pairs of a width with a theme and a state, which take less than a minute."""

DIMMED = {"rules": {"color-contrast": {"enabled": False}}}
"""What is dimmed is out of date on purpose; the line above it says so."""


def full(tracker: Tracker) -> None:
    """Every window, budgets, and names that are long."""
    current = many_windows() | {"budgets": budgets()}
    long = "/home/dev/a-project-with-a-name-that-is-much-longer-than-usual"
    current["sessions"] = [
        row
        | {"project_path": long, "metadata": row["metadata"] | {"git_branch": "feature/invoice-export-with-long-name"}}
        for row in current["sessions"][:2]
    ] + current["sessions"][2:]
    tracker.answers["current"] = current
    for row in tracker.answers["sessions"]["items"][5:9]:
        row["project_path"] = f"{long}/.claude/worktrees/task-41"
    for item in tracker.answers["breakdowns"]["day"]["project"]["items"]:
        item["breakdown"][1]["project"] = long.rpartition("/")[2]
    for item in tracker.answers["breakdowns"]["day"]["agent"]["items"]:
        item["breakdown"][1]["agent"] = "an-agent-whose-name-does-not-fit-anywhere"


def locked_out(tracker: Tracker) -> None:
    current = nearly_full()
    current["warnings"] = [
        {"kind": "limit_hit", "subject": "seven_day", "topic": "seven_day", "severity": "critical",
         "title": "Weekly limit reached", "text": "It is reset on Thu 12:00, in 4 d.", "at": at(hours=1)}
    ]  # fmt: skip
    tracker.answers["current"] = current


def runs_out(tracker: Tracker) -> None:
    current = snapshot()
    forecast = said("runs_out", minutes=100, projected=1.4)
    current["limits"][0] |= {"utilization_ratio": 0.58, "forecast": forecast}
    text = "Runs out at about 13:40, 1 h 20 min before the reset at 15:00"
    current["verdict"] = verdict("five_hour", forecast, text, "about 30 % of it was used elsewhere (web, phone)")
    current["accounts"][0] |= {name: current[name] for name in ("limits", "verdict")}
    current["lockouts"] = current["accounts"][0]["lockouts"] = [hit("seven_day_fable", 1, 30, is_locked_out=True)]
    tracker.answers["current"] = current


def empty(tracker: Tracker) -> None:
    tracker.answers["current"] = nothing_yet()


def two(tracker: Tracker) -> None:
    tracker.answers.update(answers_of_two())


def first_read(tracker: Tracker) -> None:
    tracker.is_ready = False


def reading(tracker: Tracker) -> None:
    tracker.is_ready, tracker.early = False, reading_history()


def with_data(tracker: Tracker) -> None:
    """As it is."""


STATES: dict[str, tuple[Callable[[Tracker], None], tuple[str, str]]] = {
    "with data": (with_data, ("#hits-body", "5 hours")),
    "empty": (empty, ("#state", "does not exist")),
    "in the first read": (first_read, ("#state", "Reading the transcripts")),
    "reading history": (reading, ("#unread", "Reading history")),
    "full": (full, ("#hits-body", "5 hours")),
    "locked out": (locked_out, ("#hits-body", "5 hours")),
    "runs out": (runs_out, ("#hits-body", "5 hours")),
    "two accounts": (two, ("#hits-body", "Week")),
    "disconnected": (with_data, ("#hits-body", "5 hours")),
}


def chosen() -> list[tuple[str, int, str]]:
    """Every combination with `--long`; else a sample with each state, width and theme in it."""
    pairs = list(itertools.product(STATES, WIDTHS, THEMES))
    random.Random(27).shuffle(pairs)
    found: list[tuple[str, int, str]] = []
    for pair in pairs:  # first what brings something new
        seen_states, seen_widths = {state for state, _, _ in found}, {width for _, width, _ in found}
        if pair[0] not in seen_states or pair[1] not in seen_widths:
            found.append(pair)
    rest = [pair for pair in pairs if pair not in found]
    return [*found, *rest][: sample_or_all(SAMPLE, len(pairs))]


def opened(tracker: Tracker, open_page: Open, state: str, width: int, theme: str) -> Watched:
    prepare, (selector, text) = STATES[state]
    prepare(tracker)
    height = 844 if width < 640 else 900
    options: dict[str, Any] = {"viewport": {"width": width, "height": height}, "reduced_motion": "reduce"}
    watched = open_page(tracker.url, color_scheme=theme, **options)
    watched.page.locator(selector).filter(has_text=text).wait_for(state="attached")
    if state == "disconnected":
        watched.wait_for("#link-text", "Live")
        tracker.stop()
        watched.wait_for("#link-text", "Disconnected")
    return watched


@pytest.mark.parametrize(("state", "width", "theme"), chosen())
def test_nothing_is_cut_or_lies_over_anything(
    tracker: Tracker, open_page: Open, state: str, width: int, theme: str
) -> None:
    watched = opened(tracker, open_page, state, width, theme)
    page = watched.page
    page.wait_for_timeout(300)  # what arrives last
    assert [] == page.evaluate(FINDINGS)
    page.evaluate("document.querySelectorAll('details.fold').forEach(fold => fold.open = true)")
    assert [] == page.evaluate(FINDINGS), "with everything open"
    if state not in ("empty", "in the first read", "reading history"):
        page.locator("#usage-chart .as-table > summary").click()
        assert [] == page.evaluate(FINDINGS), "with a table open"
    violations = Axe().run(page, options=DIMMED if state == "disconnected" else None).response["violations"]
    assert [] == [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in violations]
    own = (f"http://127.0.0.1:{tracker.port}/", f"ws://127.0.0.1:{tracker.port}/", "data:")
    assert [] == [url for url in watched.requests if not url.startswith(own)]
    if state not in (
        "disconnected",
        "in the first read",
        "reading history",
    ):  # Chromium reports every request that fails
        assert [] == watched.complaints
    if state == "disconnected":
        tracker.start()
