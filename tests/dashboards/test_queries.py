"""Every query of every panel has an answer from a Prometheus that scraped the demo."""

from __future__ import annotations

import pytest

from support.boards import BOARDS, PanelQuery, panel_queries, run_query
from support.prometheus import Scraped

pytestmark = pytest.mark.server

SHOWN_SECONDS = 60
WORK, SIDE = "6bd630db4a", "09b39f2cac"
"""The demo's accounts."""
QUERIES = [query for name in BOARDS for query in panel_queries(name, SHOWN_SECONDS)]


COLOURS = ("overview: 5-hour limit used", "overview: Week used")
"""Panels with a query for each colour of a share: below, between and above its thresholds. One has an answer."""
CERTAIN = [query for query in QUERIES if not query.name.startswith(COLOURS)]


@pytest.mark.parametrize("query", CERTAIN, ids=lambda query: query.name)
def test_every_query_returns_data(scraped: Scraped, query: PanelQuery) -> None:
    assert run_query(scraped.server, query, scraped.until, SHOWN_SECONDS)


@pytest.mark.parametrize("panel", COLOURS)
def test_a_share_has_one_colour(scraped: Scraped, panel: str) -> None:
    answers = [run_query(scraped.server, query, scraped.until, SHOWN_SECONDS) for query in QUERIES
               if query.name.startswith(panel)]  # fmt: skip
    assert [False, False, True] == sorted(map(bool, answers))


def test_the_pace_is_shown_for_both_windows(scraped: Scraped) -> None:
    paces = [query for query in QUERIES if query.name == "limits: Projected usage at the reset (A)"]
    found = run_query(scraped.server, paces[0], scraped.until, SHOWN_SECONDS)
    shown = {(one["metric"]["account"], one["metric"]["window"]) for one in found}
    assert {(WORK, "five_hour"), (WORK, "seven_day"), (SIDE, "five_hour"), (SIDE, "seven_day")} <= shown
