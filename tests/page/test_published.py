"""The published page on a server of static files: it draws, shows its age, and reloads its data."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from exporter.page.published import DATA, shell
from exporter.publish.document import document
from support.browser import Watched
from support.page_data import answers
from support.page_states import answers_of_two

pytestmark = pytest.mark.server

SCREENSHOTS = os.environ.get("CLAUDE_TRACKER_SCREENSHOTS")
NOW = datetime(2026, 11, 22, 12, 3, tzinfo=UTC)
"""Three minutes after the data was made."""
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "json": "application/json"}

Open = Callable[..., Watched]


def headers_of(path: str) -> dict[str, str]:
    """What `_headers` says of a path, as Netlify reads it."""
    found: dict[str, str] = {}
    holds = False
    for line in shell()["/_headers"].decode().splitlines():
        if line.startswith("/"):
            holds = line in ("/*", path)
        elif holds:
            name, _, value = line.strip().partition(": ")
            found[name] = value
    return found


@pytest.fixture
def site(httpserver: HTTPServer) -> dict[str, bytes]:
    """The files by path, which a test may change."""
    files = {**shell(), DATA: document(answers(), "totals")}

    def answer(request: Request) -> Response:
        path = "/index.html" if request.path == "/" else request.path
        if path not in files:
            return Response(status=404)
        kind = TYPES.get(path.rpartition(".")[2], "text/plain")
        return Response(files[path], headers=headers_of(path), content_type=kind)

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    return files


@pytest.fixture
def open_page(browser: Browser, httpserver: HTTPServer) -> Iterator[Open]:
    contexts: list[BrowserContext] = []

    def opened(*, paused: bool = False, **options: Any) -> Watched:
        context_options = {
            "viewport": WIDE,
            "timezone_id": "UTC",
            "locale": "en-US",
            "color_scheme": "dark",
            **options,
        }
        contexts.append(browser.new_context(**context_options))
        page = contexts[-1].new_page()
        page.clock.install(time=NOW - timedelta(hours=1) if paused else NOW)
        if paused:  # a countdown does not depend on how long this machine takes
            page.clock.pause_at(NOW)
        watched = Watched(page)
        page.goto(httpserver.url_for("/"))
        return watched

    yield opened
    for context in contexts:
        context.close()


def test_it_draws_the_published_data_and_shows_its_age(site: dict[str, bytes], open_page: Open) -> None:
    watched = open_page(paused=True, viewport=PHONE)
    watched.wait_for("#verdict", "Lasts until the reset at 15:00")
    watched.page.locator("#block summary").click()
    watched.wait_for("#block-body", "Tokens12.3M")
    watched.page.clock.run_for(1_000)
    watched.page.locator("#usage-chart .frame[data-drawn]").wait_for(state="attached")
    assert "As of 3 min ago" == watched.text("#link-text")
    assert watched.page.locator("#remaining").text_content() in ("2:57:00", "2:56:59", "2:56:58"), "the block goes on"
    assert not watched.page.locator("#projects").is_visible()
    assert "shop" not in watched.page.content()
    assert "/home/dev" not in watched.page.content()
    assert "Published by claude-tracker." in watched.text("#made")
    assert [] == watched.complaints, "nothing that its headers forbid"
    if SCREENSHOTS:
        watched.page.screenshot(path=Path(SCREENSHOTS) / "published-phone.png", full_page=True)


def test_projects_are_shown_where_they_are_sent(site: dict[str, bytes], open_page: Open) -> None:
    site[DATA] = document(answers(), "projects")
    watched = open_page()
    watched.wait_for("#block-body", "Tokens12.3M")
    watched.wait_for("#projects-body", "shop")
    assert "shop" in watched.text("#active-body")


def test_accounts_are_shown_as_numbers(site: dict[str, bytes], open_page: Open) -> None:
    site[DATA] = document(answers_of_two(), "totals")
    watched = open_page()
    watched.wait_for("#block-sum", "Account 1")
    assert ["Account 2 Week 100 %", "Account 1 5 hours 42 % · in use"] == [
        " ".join(text.split()) for text in watched.page.locator("#accounts button").all_inner_texts()
    ]
    watched.wait_for("#verdict", "Week: limit reached.")
    watched.page.locator("#accounts button").nth(1).click()
    watched.wait_for("#lockouts", "Account 2, Week: limit reached.")
    watched.wait_for("#hits-body", "Account 2")
    assert [] == [text for text in ("work", "Max 20x", "3f2a91c07d", "b6d01e5a42") if text in watched.text("#limits")]
    assert [] == watched.complaints


def test_it_reloads_its_data(site: dict[str, bytes], open_page: Open) -> None:
    watched = open_page()
    watched.wait_for("#block-body", "Tokens12.3M")
    data = answers()
    data["current"]["as_of"] = "2026-11-22T12:04:00.000Z"
    data["current"]["block"]["total_tokens"] = 45_600_000
    site[DATA] = document(data, "totals")
    watched.page.clock.run_for(61_000)
    watched.wait_for("#block-body", "Tokens45.6M")
    watched.page.clock.run_for(1_000)
    assert "As of just now" == watched.text("#link-text")


def test_stale_data_is_marked(site: dict[str, bytes], open_page: Open) -> None:
    watched = open_page()
    watched.wait_for("#block-body", "Tokens12.3M")
    watched.page.clock.run_for("40:00")
    assert "As of 43 min ago, no update since" == watched.text("#link-text")


def test_the_block_ends_by_the_clock(site: dict[str, bytes], open_page: Open) -> None:
    watched = open_page()
    watched.wait_for("#block-body", "Tokens12.3M")
    watched.page.clock.fast_forward("03:00:00")
    watched.wait_for("#block-body", "No active 5-hour block. The next prompt starts one.")


def test_missing_data_is_reported(site: dict[str, bytes], open_page: Open) -> None:
    content = site.pop(DATA)
    watched = open_page()
    watched.wait_for("#state-title", "The data of this page cannot be read")
    site[DATA] = content
    watched.page.clock.run_for(61_000)
    watched.wait_for("#block-body", "Tokens12.3M")


def test_data_of_another_version_is_reported(site: dict[str, bytes], open_page: Open) -> None:
    site[DATA] = json.dumps(json.loads(site[DATA]) | {"version": 2}).encode()
    watched = open_page()
    watched.wait_for("#state-title", "This page is older than its data")


def test_its_headers_keep_it_private() -> None:
    for path in ("/index.html", DATA):
        found = headers_of(path)
        assert found["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
        assert "frame-ancestors 'none'" in found["Content-Security-Policy"]
        assert "noindex, nofollow" == found["X-Robots-Tag"]
    assert "no-cache" == headers_of(DATA)["Cache-Control"]
    assert b"Disallow: /" in shell()["/robots.txt"]
    assert b'<meta name="robots" content="noindex, nofollow">' in shell()["/index.html"]


def test_the_shell_is_the_same_each_time() -> None:
    shell.cache_clear()
    once = shell()
    shell.cache_clear()
    assert once == shell()
