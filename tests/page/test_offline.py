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

MADE_AT = "2026-11-22T12:00:30.000Z"


def write(folder: Path, data: dict[str, Any]) -> str:
    path = folder / "dashboard.html"
    path.write_text(offline_html(data, MADE_AT), encoding="utf-8")
    return path.as_uri()


def test_it_shows_everything_without_a_network(tmp_path: Path, open_page: Open) -> None:
    address = write(tmp_path, answers())
    watched = open_page(address, offline=True)
    watched.wait_for_charts()
    assert "Offline page of Sunday, November 22, 2026 at 12:00:30 PM" == watched.text("#link-text")
    assert ("3:00:00", "12.3M", "$9.87") == tuple(map(watched.text, ("#remaining", "#block-tokens", "#block-cost")))
    assert "shop opus-4-5, haiku-4-5 · main busy 8.43M tokens 1:35:00 running" in watched.text("#active-body")
    assert "This page is a file: it shows the state at its date and does not change." == watched.text("#made")
    assert "Fri, Nov 20, 8:00 AM Five hours 1 h 30 min" in watched.text("#hits-body")
    watched.page.wait_for_timeout(1_200)
    assert "3:00:00" == watched.text("#remaining")
    assert [] == watched.complaints
    assert [address] == [url for url in watched.requests if not url.startswith("data:")]


def test_sessions_are_searched_and_paged_in_the_file(tmp_path: Path, open_page: Open) -> None:
    watched = open_page(write(tmp_path, answers()))
    watched.wait_for("#list-count", "25 shown")
    watched.page.get_by_role("button", name="More sessions").click()
    watched.wait_for("#list-count", "50 shown")
    watched.page.get_by_label("Search project, branch or id").fill("INFRA")
    watched.wait_for("#list-count", "15 of 15 shown")
    watched.page.get_by_label("Search project, branch or id").fill("")
    watched.page.get_by_label("Kind of session").select_option("claude_desktop")
    watched.wait_for("#list-count", "1 of 1 shown")


def test_data_cannot_end_its_script(tmp_path: Path, open_page: Open) -> None:
    name = "</script><script>document.title='taken'</script><!-- <script>"
    data = answers()
    data["current"]["totals"]["projects"][0]["project"] = name
    watched = open_page(write(tmp_path, data))
    watched.wait_for("#projects-body", name)
    assert "taken" != watched.page.title()
    assert [] == watched.complaints


def test_accounts_are_apart_in_the_file(tmp_path: Path, open_page: Open) -> None:
    watched = open_page(write(tmp_path, answers_of_two()), offline=True)
    watched.wait_for(".account:first-child h3", "work")
    watched.wait_for("#lockouts", f"Account {OTHER}, Week: limit reached.")
    assert "5-hour block work official 10:00 AM – 3:00 PM" == watched.text("#block .title")
    assert "Sat, Nov 21, 10:00 AM Week work limit raised 60% → 2%" in watched.text("#hits-body")
    assert [] == watched.complaints


def test_without_any_usage(tmp_path: Path, open_page: Open) -> None:
    empty: dict[str, Any] = {"items": [], "next": None}
    plan = answers()["plan"] | {"running_block": None}
    plan["totals"]["tokens"] = 0
    data = {"current": nothing_yet(), "days": empty, "hours": empty, "blocks": empty, "sessions": empty,
            "limits_history": {"hits": [], "raises": []}, "plan": plan}  # fmt: skip
    watched = open_page(write(tmp_path, data))
    watched.wait_for("#list-body", "No sessions yet")
    assert [] == watched.complaints
