"""The committed dashboards, and what Grafana makes of their queries before it asks them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from support.prometheus import Prometheus
from support.services import PROJECT

Json = dict[str, Any]
FOLDER = PROJECT / "grafana" / "dashboards"
BOARDS: dict[str, Json] = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
WIDTH_PX = 1_000
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
NICE_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200)
"""Grafana rounds a step to the nearest of these; from 18 hours on to days."""
DAY, MOST_OF_A_DAY = 86_400, 64_800


class PanelQuery(NamedTuple):
    """One query of a panel, as it reaches Prometheus. Times in seconds."""

    board: str
    panel: Json
    target: Json
    expr: str
    step: int
    length: int

    @property
    def name(self) -> str:
        return f"{self.board}: {self.panel['title']} ({self.target['refId']})"


def panels(board: Json) -> list[Json]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def seconds(duration: str) -> int:
    found = re.fullmatch(r"(\d+)([smhd])", duration)
    assert found is not None, duration
    return int(found[1]) * UNITS[found[2]]


def interpolated(expr: str, board: Json, length: int, step: int, chosen: Mapping[str, str] | None = None) -> str:
    """With all variables filled in. `chosen`: by variable, else everything."""
    values = {
        "__range": f"{length}s",
        "__range_s": str(length),
        "__range_ms": str(length * 1_000),
        "__interval": f"{step}s",
    }
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            values[variable["name"]] = (chosen or {}).get(variable["name"], variable["allValue"])
        elif variable["type"] == "custom":
            values[variable["name"]] = variable["query"].rpartition(",")[2]
    return re.sub(r"\$(?:(\w+)|\{(\w+)\})", lambda found: values[found[1] or found[2]], expr)


def step_of(panel: Json, length: int, faster: int = 1) -> int:
    """The time between two points. `faster`: the least steps are so much shorter, for a store with seconds of data."""
    wanted: float = length / panel.get("maxDataPoints", WIDTH_PX)
    if wanted >= MOST_OF_A_DAY:
        nice = max(DAY, round(wanted / DAY) * DAY)
    else:
        nice = min(NICE_STEPS, key=lambda one: abs(one - wanted))
    least = seconds(panel.get("interval", "15s"))
    return max(least // faster, nice)


def own_length(panel: Json, length: int, end: int | None) -> int:
    """How long a time a panel shows: the dashboard's, or since the start of the day or month in UTC."""
    since = panel.get("timeFrom")
    if since is None or end is None:
        return length
    start = datetime.fromtimestamp(end, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if since == "now/M":
        start = start.replace(day=1)
    return max(1, end - round(start.timestamp()))


def panel_queries(
    name: str, length: int, end: int | None = None, chosen: Mapping[str, str] | None = None, *, faster: int = 1
) -> list[PanelQuery]:
    """Every query of a dashboard that shows so long a time, up to `end`. `chosen`: by variable, else everything."""
    board = BOARDS[name]
    found = []
    for panel in panels(board):
        shown = own_length(panel, length, end)
        step = step_of(panel, shown, faster)
        found += [
            PanelQuery(name, panel, target, interpolated(target["expr"], board, shown, step, chosen), step, shown)
            for target in panel["targets"]
        ]
    return found


def run_query(server: Prometheus, query: PanelQuery, end: int) -> list[Json]:
    """What Prometheus says: its vector or matrix. Steps lie on multiples of a step, as Grafana lays them."""
    if query.target.get("instant"):
        return server.query(query.expr, end * 1_000)
    first, last = ((moment // query.step) * query.step for moment in (end - query.length, end))
    return server.range(query.expr, first, last, query.step)


def shown_names(query: PanelQuery, answer: list[Json]) -> set[str]:
    """What a panel calls the series of an answer: their legends, or the cells of a table, after all renaming."""
    labels = [one["metric"] for one in answer]
    if query.panel["type"] == "table":
        return {name for one in labels for name in _cells(query.panel, one)}
    return {_renamed(query.panel, _legend(query.target["legendFormat"], one)) for one in labels}


def _legend(form: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda name: labels.get(name[1], ""), form)


def _renamed(panel: Json, legend: str) -> str:
    for one in panel.get("transformations", []):
        if one["id"] == "renameByRegex":
            found = re.search(one["options"]["regex"], legend)
            legend = filled(one["options"]["renamePattern"], found) if found else legend  # its patterns match all of it
    return legend


def filled(text: str, found: re.Match[str]) -> str:
    """A replacement as JavaScript writes it: `$1` is the first group, which may be missing."""
    return re.sub(r"\$(\d)", lambda number: found[int(number[1])] or "", text)


def _cells(panel: Json, labels: Mapping[str, str]) -> set[str]:
    """The texts of the columns of labels that are shown."""
    arranged = next(one["options"] for one in panel["transformations"] if one["id"] == "organize")
    mappings = {
        override["matcher"]["options"]: part["value"]
        for override in panel["fieldConfig"]["overrides"]
        for part in override["properties"]
        if part["id"] == "mappings"
    }
    return {
        _mapped(labels[name], mappings.get(title, []))
        for name, title in arranged["renameByName"].items()
        if name in labels
    } | set(arranged["renameByName"].values())


def _mapped(value: str, mappings: list[Json]) -> str:
    for one in mappings:
        options = one["options"]
        if one["type"] == "value" and value in options:
            return str(options[value]["text"])
        found = re.search(options["pattern"], value) if one["type"] == "regex" else None
        if found:
            return filled(options["result"]["text"], found)
    return value
