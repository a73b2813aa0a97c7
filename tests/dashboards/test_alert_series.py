"""Every alert has something to look at: each series that it asks for was scraped from the demo."""

from __future__ import annotations

from typing import Any

import promql_parser
import pytest
import yaml

from support.demo import Demo
from support.prometheus import Scraped
from support.promql import metrics_in
from support.services import PROJECT

pytestmark = pytest.mark.server

RULES: list[dict[str, Any]] = [
    rule
    for file in sorted((PROJECT / "prometheus" / "rules").glob("*.yml"))
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
]
RECORDED = {rule["record"]: rule["expr"] for rule in RULES if "record" in rule}
ALERTS = {rule["alert"]: rule["expr"] for rule in RULES if "alert" in rule}


RARE = {"claude_tracker_block_token_limit"}
"""A limit that is estimated: in the demo only for an hour now and then, which may lie between two scrapes."""


def scraped_names(expr: str) -> set[str]:
    """The metrics that an expression asks for, also by way of recorded ones."""
    found: set[str] = set()
    for name in metrics_in(promql_parser.parse(expr)):
        found |= scraped_names(RECORDED[name]) if name in RECORDED else {name}
    return found


@pytest.mark.parametrize("alert", ALERTS)
def test_every_series_of_an_alert_was_there(scraped: Scraped, alert: str) -> None:
    """In the days that the demo lived: just now nothing may run out."""
    names = scraped_names(ALERTS[alert])
    assert names
    names -= RARE
    assert [] == [
        name
        for name in sorted(names)
        if not scraped.server.query(f"last_over_time({name}[10m])", scraped.until * 1_000)
    ]


def test_what_is_rarely_there_has_its_name(demo: Demo) -> None:
    text = demo.get("/metrics").text
    assert [] == [name for name in RARE if f"# TYPE {name} gauge\n" not in text]
