"""The views at every width, dark and light: nothing is cut, axe finds nothing, and nothing else is asked for."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from support.browser import Open, Watched
from support.page_layout import FINDINGS
from support.sampling import sample_or_all
from support.story import SESSION
from support.view_server import DELETED, FORGOTTEN, IMPORTED, LONG, RUNNING, ViewTracker, views_like

pytestmark = [pytest.mark.server, pytest.mark.long]

WIDTHS = (320, 390, 768, 1024, 1440, 1920)
THEMES = ("dark", "light")
VIEWS = {
    "a session": (f"#/session/{SESSION}", "Add saved cards"),
    "a running session": (f"#/session/{RUNNING}", "waits for permission"),
    "a long session": (f"#/session/{LONG}", "Show all 500 turns"),
    "a deleted transcript": (f"#/session/{DELETED}", "The transcript was deleted"),
    "a forgotten session": (f"#/session/{FORGOTTEN}", "This session was forgotten"),
    "an imported session": (f"#/session/{IMPORTED}", "An earlier tracker estimated its tokens"),
    "a project": ("#/project/shop", "$462.76 in 4 weeks"),
    "an unknown project": ("#/project/nothing", "No usage of this project is known here."),
    "the doctor": ("#/doctor", "1 error and 1 warning"),
}
SAMPLE = 7
"""Combinations of a view, a width and a theme, which take less than a minute."""


def chosen() -> list[tuple[str, int, str]]:
    """Every combination with `--long`; else a sample with each view and width in it."""
    every = list(itertools.product(VIEWS, WIDTHS, THEMES))
    random.Random(27).shuffle(every)
    every.sort(key=lambda one: one[0] == "a long session")  # half a minute each
    found: list[tuple[str, int, str]] = []
    for one in every:
        if one[0] not in {view for view, _, _ in found} or one[1] not in {width for _, width, _ in found}:
            found.append(one)
    return [*found, *(one for one in every if one not in found)][: sample_or_all(SAMPLE, len(every))]


@pytest.fixture
def tracker() -> Iterator[ViewTracker]:
    with views_like() as found:
        yield found


def opened(tracker: ViewTracker, open_page: Open, view: str, width: int = 1440, theme: str = "dark") -> Watched:
    address, text = VIEWS[view]
    size = {"width": width, "height": 844 if width < 640 else 900}
    watched = open_page(f"{tracker.url}{address}", color_scheme=theme, viewport=size, reduced_motion="reduce")
    watched.wait_for("#view-body", text)
    watched.page.wait_for_timeout(300)  # what arrives last
    return watched


@pytest.mark.parametrize(("view", "width", "theme"), chosen())
def test_nothing_is_cut_or_lies_over_anything(
    tracker: ViewTracker, open_page: Open, view: str, width: int, theme: str
) -> None:
    watched = opened(tracker, open_page, view, width, theme)
    page = watched.page
    assert [] == page.evaluate(FINDINGS)
    page.evaluate("document.querySelectorAll('#view details').forEach(details => details.open = true)")
    assert [] == page.evaluate(FINDINGS), "with everything open"
    violations = Axe().run(page).response["violations"]
    assert [] == [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in violations]
    own = (f"http://127.0.0.1:{tracker.port}/", f"ws://127.0.0.1:{tracker.port}/", "data:")
    assert [] == [url for url in watched.requests if not url.startswith(own)]
    assert [] == watched.complaints


@pytest.mark.parametrize("view", ["a session", "a project", "the doctor"])
def test_everything_is_reached_by_keyboard_and_named(tracker: ViewTracker, open_page: Open, view: str) -> None:
    watched = opened(tracker, open_page, view)
    page = watched.page
    page.evaluate("document.activeElement.blur()")
    focusable = "#view :is(a[href], button, summary, [tabindex='0'])"
    every = page.evaluate(f'[...document.querySelectorAll("{focusable}")].filter(one => one.checkVisibility()).length')
    reached: set[int] = set()
    for _ in range(every + 40):
        page.keyboard.press("Tab")
        number = page.evaluate(f'[...document.querySelectorAll("{focusable}")].indexOf(document.activeElement)')
        if number >= 0:
            reached.add(number)
    assert every == len(reached)
    unnamed = (
        f'[...document.querySelectorAll("{focusable}")].filter(one => '
        "!(one.getAttribute('aria-label') || one.textContent).trim()).map(one => one.outerHTML)"
    )
    assert [] == page.evaluate(unnamed)


@pytest.mark.parametrize(
    ("address", "title", "last"),
    [
        (f"#/session/{SESSION}", "shop", "So the cost is at least"),
        ("#/project/shop?range=7d&measure=tokens", "shop", "166M in 7 days"),
        ("#/doctor", "Doctor", "Nothing to do"),
        (f"#/session/{FORGOTTEN}", "Forgotten session", "So the cost is at least"),
        (f"#/session/{IMPORTED}", "old-shop", "An earlier tracker estimated"),
    ],
)
def test_the_address_opens_the_same_view(
    tracker: ViewTracker, open_page: Open, address: str, title: str, last: str
) -> None:
    watched = open_page(f"{tracker.url}{address}")
    watched.wait_for("#view-body", last)
    expect(watched.page).to_have_title(f"{title} · claude-tracker")
    watched.page.wait_for_timeout(500)  # what arrives last
    before = watched.text("#view-body")
    watched.page.reload()
    watched.wait_for("#view-body", last)
    watched.page.wait_for_timeout(500)
    assert before == watched.text("#view-body")
    assert title == watched.text("#view-title")
    assert watched.page.url.endswith(address)


def test_paper_has_everything_and_no_controls(tracker: ViewTracker, open_page: Open) -> None:
    watched = opened(tracker, open_page, "a session", 800, "dark")
    watched.page.emulate_media(media="print")
    assert "rgb(255, 255, 255)" == watched.page.evaluate("getComputedStyle(document.body).backgroundColor") or (
        "rgb(255, 255, 255)" == watched.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    )
    assert not watched.page.locator("#view .how").first.is_visible()
    assert [] == watched.page.evaluate(FINDINGS)
