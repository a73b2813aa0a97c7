"""The page as one file: it opens from disk with everything in it, and makes no request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exporter.page import offline_html
from support.browser import Open
from support.page_data import OTHER, answers
from support.page_states import answers_of_two, nothing_yet

pytestmark = pytest.mark.server

VERDICT = "Lasts until the reset at 15:00 About 74 % used by then. Week: about 74 % by Thu 12:00."
MADE_AT = "2026-11-22T12:00:30.000Z"


def write(folder: Path, data: dict[str, Any]) -> str:
    path = folder / "dashboard.html"
    path.write_text(offline_html(data, MADE_AT), encoding="utf-8")
    return path.as_uri()


def test_it_shows_everything_without_a_network(tmp_path: Path, open_page: Open) -> None:
    address = write(tmp_path, answers())
    watched = open_page(address, offline=True)
    watched.wait_for_charts()
    assert "Offline page of Sunday, November 22, 2026, 12:00:30" == watched.text("#link-text")
    assert "10:00 to 15:00 official 3:00:00 left Cost $9.87" in watched.text("#block-body")
    assert "Tokens 12.3M" in watched.text("#block-body")
    assert "shop main working started 1 h 35 min ago Opus 4.5 +1 more $6.75" in watched.text("#active-body")
    assert VERDICT == watched.text("#verdict")
    assert "shop 47 % 14,475 578M $462.76" in watched.text("#projects-body")
    assert "Explore 9,241 responses $295.38" in watched.text("#used-body")
    assert "This page is a file: it shows the state at its date and does not change." == watched.text("#made")
    assert "Fri 08:00 5 hours 1 h 30 min" in watched.text("#hits-body")
    watched.page.wait_for_timeout(1_200)
    assert "3:00:00" == watched.text("#remaining")
    assert [] == watched.complaints
    assert [address] == [url for url in watched.requests if not url.startswith("data:")]


def test_sessions_are_searched_and_paged_in_the_file(tmp_path: Path, open_page: Open) -> None:
    watched = open_page(write(tmp_path, answers()))
    for shown in ("14 shown", "25 shown", "50 shown"):
        watched.wait_for("#list-count", shown)
        watched.page.get_by_role("button", name="More sessions").click()
    watched.page.get_by_label("Search project, model or id").fill("INFRA")
    watched.wait_for("#list-count", "15 of 15 shown")
    watched.page.get_by_label("Search project, model or id").fill("")
    watched.page.get_by_label("Kind of session").select_option("claude_desktop")
    watched.wait_for("#list-count", "1 of 1 shown")


def test_data_cannot_end_its_script(tmp_path: Path, open_page: Open) -> None:
    name = "</script><script>document.title='taken'</script><!-- <script>"
    data = answers()
    for item in data["breakdowns"]["day"]["project"]["items"]:
        item["breakdown"][0]["project"] = name
    watched = open_page(write(tmp_path, data))
    watched.wait_for("#projects-body", name)
    assert "taken" != watched.page.title()
    assert [] == watched.complaints


def test_accounts_are_apart_in_the_file(tmp_path: Path, open_page: Open) -> None:
    watched = open_page(write(tmp_path, answers_of_two()), offline=True)
    watched.wait_for("#accounts", "work")
    watched.wait_for("#verdict", "Week: limit reached.")
    watched.page.locator("#accounts button").nth(1).click()
    watched.wait_for("#lockouts", f"Account {OTHER}, Week: limit reached.")
    assert "work, to 15:00" == watched.text("#block-sum")
    assert "Sat 10:00 Week, work raised: 60 % → 2 %" in watched.text("#hits-body")
    assert [] == watched.complaints


def test_without_any_usage(tmp_path: Path, open_page: Open) -> None:
    empty: dict[str, Any] = {"items": [], "next": None}
    plan = answers()["plan"] | {"running_block": None}
    plan["totals"]["tokens"] = 0
    data = {"current": nothing_yet(), "days": empty, "hours": empty, "months": empty, "blocks": empty,
            "sessions": empty, "breakdowns": {}, "usual": answers()["usual"],
            "limits_history": {"hits": [], "raises": [], "history": []}, "plan": plan}  # fmt: skip
    watched = open_page(write(tmp_path, data))
    watched.wait_for("#state-title", "No Claude Code transcripts found")
    assert [] == watched.complaints
