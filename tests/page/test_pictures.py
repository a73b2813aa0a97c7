"""Screenshots for review."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.browser import Open
from support.page_data import snapshot
from support.page_layout import FINDINGS
from support.page_server import Tracker
from support.page_states import answers_of_two, many_windows, nearly_full, nothing_yet, two_accounts

pytestmark = pytest.mark.server

PHONE = {"width": 360, "height": 780}
TABLET = {"width": 820, "height": 1180}
WALL = {"width": 2560, "height": 1440}


@pytest.mark.parametrize(
    ("name", "state", "options", "is_full"),
    [
        pytest.param("dark", snapshot, {}, False, id="dark"),
        pytest.param("light", snapshot, {"color_scheme": "light"}, False, id="light"),
        pytest.param("whole", snapshot, {}, True, id="the full page"),
        pytest.param("phone", snapshot, {"viewport": PHONE}, True, id="phone"),
        pytest.param("wall", snapshot, {"viewport": WALL}, False, id="a wide screen"),
        pytest.param("empty", nothing_yet, {"color_scheme": "light"}, False, id="nothing found"),
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
    watched = open_page(tracker.url, **options)
    if state is nothing_yet:
        watched.wait_for("#state", "does not exist")
    else:
        watched.page.locator("#usage-chart .frame[data-drawn]").wait_for(state="attached")
        watched.page.locator("#active-body").filter(has_text="$6.75").wait_for()
    watched.page.wait_for_timeout(300)  # what arrives last
    watched.page.screenshot(path=pictures / f"{name}.png", full_page=is_full)
    assert [] == watched.complaints
    assert [] == watched.page.evaluate(FINDINGS)
