"""`claude-tracker demo` on every output, after ten days in a minute."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from support.browser import Watched
from support.demo import Demo
from support.processes import total_of

pytestmark = pytest.mark.server


def test_the_terminal_has_everything(demo: Demo) -> None:
    status = demo.run("status")
    assert (0, "") == (status.code, status.stderr)
    for part in ("work: ", "side: ", "5 hours", "official, ", "Sessions", "Block", "Today", "Week of ", "Month $"):
        assert part in status.stdout
    full = demo.run("status", "--full").stdout
    for part in ("work", "side", "5 hours", "Budget daily:", "claude-opus-5-5", "kimi-k3", "All time"):
        assert part in full
    report = demo.run("report", "daily")
    assert 20 <= len(re.findall(r"^2026-\d\d-\d\d|^20\d\d-", report.stdout, re.MULTILINE)), report.stdout
    assert re.search(r"^[a-z-]+ +(busy|idle|waiting) ", demo.run("sessions").stdout, re.MULTILINE)


def test_the_api_and_the_metrics_agree(demo: Demo) -> None:
    current = demo.get("/api/analytics/current")
    assert 200 == current.status
    for key in ('"five_hour"', '"seven_day"', '"budgets":[{', '"sessions":[{', '"limits":[{'):
        assert key in current.text
    names = {name for name, _ in demo.samples()}
    assert {"tokens_total", "window_utilization_ratio", "sessions", "limit_hits_total", "budget_used_ratio"} <= names
    assert 1_000 < total_of(demo.samples(), "responses_total")


def test_warnings_appear(demo: Demo) -> None:
    assert re.search(r"WARNING .*(likely to run out|is left|of \$)", demo.said)


def test_its_clock_goes_on_with_ours(demo: Demo) -> None:
    demo.wait_present()
    assert not demo.has_ended()


def test_the_page_shows_it(demo: Demo, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="UTC", locale="en-GB")
    watched = Watched(context.new_page())
    watched.page.goto(f"http://127.0.0.1:{demo.port}/")
    for text in ("work", "side", "shop", "opus"):
        watched.page.get_by_text(text).first.wait_for()
    assert [] == watched.complaints
    context.close()
