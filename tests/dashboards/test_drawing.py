"""Every dashboard is drawn with Grafana's own components from its JSON and a real store's answers."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from support.boards import BOARDS
from support.browser import Watched
from support.drawing import draw
from support.prometheus import Scraped
from support.sampling import sample_or_all
from support.variants import VARIANTS

pytestmark = pytest.mark.server

SHOWN_SECONDS, FASTER = 25, 60
PHONE = 390
SCREENSHOTS = os.environ.get("CLAUDE_TRACKER_SCREENSHOTS")  # read before the tests' own environment is cleared
NO_FONT = "error: Failed to load resource: net::ERR_FAILED"
"""Grafana's server has the font; its packages do not."""
RAW = re.compile(r"\w+_\w+|Value #|\{\{|\bmins\b|\bNaN\b|undefined|claude-\w+-\d")


def check(page: Watched, name: str, picture: str) -> None:
    """Every panel is there, without an error, and says nothing raw."""
    if SCREENSHOTS:
        page.page.screenshot(path=Path(SCREENSHOTS) / f"grafana-{picture}.png")
    titles = [panel["title"] for panel in BOARDS[name]["panels"]]
    assert titles == [found.get_attribute("data-panel") for found in page.page.locator("[data-panel]").all()]
    assert [] == page.page.locator("[data-error]").all_inner_texts()
    text = page.page.locator("body").inner_text()
    assert [] == RAW.findall(text)
    assert {NO_FONT} >= set(page.complaints)


@pytest.mark.parametrize("name", BOARDS)
def test_every_panel_is_drawn(page: Watched, scraped: Scraped, name: str) -> None:
    draw(page.page, name, scraped, SHOWN_SECONDS, "dark", faster=FASTER)
    check(page, name, name)


def test_on_a_phone_the_verdict_comes_first_and_tables_start_with_what_matters(page: Watched, copied: Scraped) -> None:
    draw(page.page, "overview", copied, SHOWN_SECONDS, "dark", {"job": "two accounts"}, faster=FASTER, width=PHONE)
    check(page, "overview", "overview on a phone")
    assert ["Will I make it?", "Verdict", "Runs out in"] == [
        one.get_attribute("data-panel") for one in page.page.locator("[data-panel]").all()[:3]
    ]
    headers = page.page.locator("[data-panel='Windows now'] [role=columnheader]").all()
    places = [(header.inner_text(), header.bounding_box()) for header in headers]
    assert {"Window", "Account", "Used", "State"} == {
        name for name, place in places if place is not None and place["x"] + place["width"] <= PHONE
    }


FIRST = [
    *(("overview", variant) for variant in VARIANTS),
    ("limits", "twenty machines"),
    ("usage", "one account"),
    ("sessions", "nothing"),
    ("health", "twenty machines"),
]
ALL = [*FIRST, *((name, variant) for name in BOARDS for variant in VARIANTS if (name, variant) not in FIRST)]


@pytest.mark.long
@pytest.mark.parametrize(("name", "variant"), ALL[: sample_or_all(len(FIRST), len(ALL))])
def test_every_panel_is_drawn_for_every_user(page: Watched, copied: Scraped, name: str, variant: str) -> None:
    """Where nothing is known, sentences say so: no empty frame, no 0 %."""
    draw(page.page, name, copied, SHOWN_SECONDS, "light", {"job": variant}, faster=FASTER)
    check(page, name, f"{name} {variant}")
    if variant == "nothing":
        sentences = [
            panel["fieldConfig"]["defaults"]["noValue"] for panel in BOARDS[name]["panels"] if panel["type"] != "row"
        ]
        assert sorted(sentences) == sorted(page.page.locator("[data-empty]").all_inner_texts())
