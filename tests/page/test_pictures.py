"""Screenshots for review."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.browser import Open
from support.page_data import nearly_full, nothing_yet, snapshot
from support.page_server import Tracker

pytestmark = pytest.mark.server

PHONE = {"width": 360, "height": 780}
WALL = {"width": 2560, "height": 1440}


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
    ],
)
def test_picture(
    tracker: Tracker, open_page: Open, pictures: Path, name: str, state: Any, options: dict[str, Any], is_full: bool
) -> None:
    tracker.answers["current"] = state()
    if state is nothing_yet:
        for route in ("hours", "days", "blocks", "sessions"):
            tracker.answers[route]["items"] = []
        tracker.answers["limits_history"]["hits"] = []
        tracker.answers["plan"]["totals"]["tokens"] = 0
    watched = open_page(tracker.url, charts=True, **options)
    watched.wait_for("#list-title", "Sessions")
    if state is nothing_yet:
        watched.wait_for("#list-body", "No sessions yet")
    else:
        watched.wait_for_charts()
    watched.page.wait_for_timeout(700)  # the rings' own movement
    watched.page.screenshot(path=pictures / f"{name}.png", full_page=is_full)
    assert [] == watched.complaints
    # Nothing lies outside the window.
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
