"""The committed dashboards, and what Grafana makes of their queries before it asks them."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NamedTuple

from support.prometheus import Prometheus
from support.services import PROJECT

Json = dict[str, Any]
FOLDER = PROJECT / "grafana" / "dashboards"
BOARDS: dict[str, Json] = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
SCRAPE = 1
"""How often the tests' Prometheus scrapes, in seconds: `timeInterval` of its data source."""
WIDTH_PX = 1_000
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class PanelQuery(NamedTuple):
    """One query of a panel, as it reaches Prometheus. Times in seconds."""

    board: str
    panel: Json
    target: Json
    expr: str
    step: int

    @property
    def name(self) -> str:
        return f"{self.board}: {self.panel['title']} ({self.target['refId']})"


def panels(board: Json) -> list[Json]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def seconds(duration: str) -> int:
    found = re.fullmatch(r"(\d+)([smhd])", duration)
    assert found is not None, duration
    return int(found[1]) * UNITS[found[2]]


def interpolated(expr: str, board: Json, length: int, step: int) -> str:
    """With all variables filled in: everything is chosen, and of times what Grafana's documentation says of
    `$__rate_interval` and `$__range`.
    """
    rate = max(step + SCRAPE, 4 * SCRAPE)
    values = {"__range": f"{length}s", "__interval": f"{step}s", "__rate_interval": f"{rate}s"}
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            values[variable["name"]] = variable["allValue"]
    return re.sub(r"\$(\w+)", lambda found: values[found[1]], expr)


def panel_queries(name: str, length: int) -> list[PanelQuery]:
    """Every query of a dashboard that shows so long a time."""
    board = BOARDS[name]
    found = []
    for panel in panels(board):
        step = max(
            seconds(panel.get("interval", f"{SCRAPE}s")), math.ceil(length / panel.get("maxDataPoints", WIDTH_PX))
        )
        found += [
            PanelQuery(name, panel, target, interpolated(target["expr"], board, length, step), step)
            for target in panel["targets"]
        ]
    return found


def run_query(server: Prometheus, query: PanelQuery, end: int, length: int) -> list[Json]:
    """What Prometheus says: its vector or matrix. Steps lie on multiples of a step, as Grafana lays them."""
    if query.target.get("instant"):
        return server.query(query.expr, end * 1_000)
    first, last = ((moment // query.step) * query.step for moment in (end - length, end))
    return server.range(query.expr, first, last, query.step)
