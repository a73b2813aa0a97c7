"""Screenshots for review."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.browser import Open
from support.page_data import snapshot
from support.page_server import Tracker
from support.page_states import answers_of_two, many_windows, nearly_full, nothing_yet, two_accounts

pytestmark = pytest.mark.server

PHONE = {"width": 360, "height": 780}
TABLET = {"width": 820, "height": 1180}
WALL = {"width": 2560, "height": 1440}

OVERLAPS = """
() => {
  const boxes = [...document.querySelectorAll("main > .card, #lockouts p, .account, .limit, .limit > *, .account > *")]
    .filter((element) => element.checkVisibility())
    .map((element) => [element, element.getBoundingClientRect()]);
  const over = (one, other, from, to) => one[from] < other[to] - 1 && other[from] < one[to] - 1;
  const meet = (one, other) => over(one, other, "left", "right") && over(one, other, "top", "bottom");
  const found = [];
  for (const [first, one] of boxes)
    for (const [second, other] of boxes)
      if (first !== second && !first.contains(second) && !second.contains(first) && meet(one, other))
        found.push(`${first.textContent.slice(0, 40)} | ${second.textContent.slice(0, 40)}`);
  const wide = ([element]) => element.scrollWidth > element.clientWidth + 1;
  return [...found, ...boxes.filter(wide).map(([element]) => `cut: ${element.textContent.slice(0, 60)}`)];
}
"""
"""Texts of parts that lie over each other, or whose content is wider than they are."""


@pytest.mark.parametrize(
    ("name", "state", "options", "is_full"),
    [
        pytest.param("dark", snapshot, {}, False, id="dark"),
        pytest.param("light", snapshot, {"color_scheme": "light"}, False, id="light"),
        pytest.param("whole", snapshot, {}, True, id="the full page"),
        pytest.param("phone", snapshot, {"viewport": PHONE}, True, id="phone"),
        pytest.param("wall", snapshot, {"viewport": WALL}, False, id="a wide screen"),
        pytest.param("empty", nothing_yet, {"color_scheme": "light"}, False, id="nothing used yet"),
        pytest.param("nearly-full", nearly_full, {}, False, id="a limit nearly reached"),
        pytest.param("windows", many_windows, {}, False, id="every window"),
        pytest.param("windows-light", many_windows, {"color_scheme": "light"}, False, id="every window, light"),
        pytest.param("windows-phone", many_windows, {"viewport": PHONE}, True, id="every window, phone"),
        pytest.param("accounts", two_accounts, {}, True, id="two accounts"),
        pytest.param("accounts-light", two_accounts, {"color_scheme": "light"}, True, id="two accounts, light"),
        pytest.param("accounts-tablet", two_accounts, {"viewport": TABLET}, True, id="two accounts, tablet"),
        pytest.param("accounts-phone", two_accounts, {"viewport": PHONE}, True, id="two accounts, phone"),
        pytest.param("accounts-wall", two_accounts, {"viewport": WALL}, False, id="two accounts, a wide screen"),
    ],
)
def test_picture(
    tracker: Tracker, open_page: Open, pictures: Path, name: str, state: Any, options: dict[str, Any], is_full: bool
) -> None:
    if state is two_accounts:
        tracker.answers.update(answers_of_two())
    tracker.answers["current"] = state()
    if state is nothing_yet:
        for route in ("hours", "days", "blocks", "sessions"):
            tracker.answers[route]["items"] = []
        tracker.answers["limits_history"]["hits"] = []
        tracker.answers["plan"]["totals"]["tokens"] = 0
    watched = open_page(tracker.url, **options)
    watched.wait_for("#list-title", "Sessions")
    if state is nothing_yet:
        watched.wait_for("#list-body", "No sessions yet")
    else:
        watched.wait_for_charts()
    watched.page.wait_for_timeout(700)  # the rings' own movement
    watched.page.screenshot(path=pictures / f"{name}.png", full_page=is_full)
    assert [] == watched.complaints
    # Nothing lies outside the window, and nothing over anything else.
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [] == watched.page.evaluate(OVERLAPS)
