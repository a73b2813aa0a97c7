"""Every query of every panel has an answer from a Prometheus that scraped a busy tracker."""

from __future__ import annotations

import pytest

from support.boards import BOARDS, PanelQuery, panel_queries, run_query
from support.prometheus import Scraped

pytestmark = pytest.mark.server

SHOWN_SECONDS = 60
QUERIES = [query for name in BOARDS for query in panel_queries(name, SHOWN_SECONDS)]


ONE_OF_THREE = "the three colours of a share: it is below, between or above its thresholds"
MAY_BE_EMPTY = {
    "overview: 5-hour limit used (A)": ONE_OF_THREE,
    "overview: 5-hour limit used (C)": ONE_OF_THREE,
    "overview: Week used (B)": ONE_OF_THREE,
    "overview: Week used (C)": ONE_OF_THREE,
}
"""What rightly has no answer here, and why."""


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_query_returns_data(scraped: Scraped, query: PanelQuery) -> None:
    found = run_query(scraped.server, query, scraped.until, SHOWN_SECONDS)
    assert (query.name in MAY_BE_EMPTY) == (not found)


def test_the_pace_is_shown_for_both_windows(scraped: Scraped) -> None:
    paces = [query for query in QUERIES if query.name == "limits: Projected usage at the reset (A)"]
    found = run_query(scraped.server, paces[0], scraped.until, SHOWN_SECONDS)
    assert ["five_hour", "seven_day"] == sorted(one["metric"]["window"] for one in found)
