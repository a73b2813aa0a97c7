"""Every query of every panel has an answer from a Prometheus that scraped a busy tracker."""

from __future__ import annotations

import time

import pytest

from support.boards import BOARDS, Asked, answered, asked
from support.prometheus import Prometheus

SHOWN_SECONDS = 600
QUERIES = [query for name in BOARDS for query in asked(name, SHOWN_SECONDS)]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_it_has_an_answer(scraped: Prometheus, query: Asked) -> None:
    assert answered(scraped, query, int(time.time()), SHOWN_SECONDS)
