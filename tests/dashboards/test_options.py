"""The options of every panel are those that Grafana's own types know, and so are the units."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.boards import BOARDS, Json, panels
from support.browser import Watched
from support.services import output_of

pytestmark = pytest.mark.server

PANELS: list[Json] = [
    {
        "name": f"{name}: {panel['title']}",
        "type": panel["type"],
        "options": panel["options"],
        "custom": panel["fieldConfig"]["defaults"].get("custom", {}),
    }
    for name, board in BOARDS.items()
    for panel in panels(board)
]


def misfits(components: Path, payload: list[Json]) -> list[Json]:
    """Those of these panels that do not fit their types, with why."""
    found: list[Json] = json.loads(output_of("node", "schemas.mjs", cwd=components.parent, stdin=json.dumps(payload)))
    return found


def test_every_panel_fits_its_type(components: Path) -> None:
    assert {"stat", "bargauge", "timeseries", "table"} == {panel["type"] for panel in PANELS}
    assert [] == misfits(components, PANELS)


@pytest.mark.parametrize(
    ("type_", "part", "change"),
    [
        ("table", "options", {"footer": {}}),
        ("stat", "options", {"colorMode": "loud"}),
        ("timeseries", "custom", {"lineWidth": "thick"}),
    ],
)
def test_a_panel_that_does_not_fit_is_reported(components: Path, type_: str, part: str, change: Json) -> None:
    panel = next(panel for panel in PANELS if panel["type"] == type_)
    assert [panel["name"]] == [one["name"] for one in misfits(components, [panel | {part: panel[part] | change}])]


def units(node: Any) -> set[str]:
    """All units in a piece of a dashboard."""
    if isinstance(node, list):
        return {name for part in node for name in units(part)}
    if not isinstance(node, dict):
        return set()
    own = {node["value"]} if node.get("id") == "unit" else set()
    own |= {node["unit"]} if isinstance(node.get("unit"), str) else set()
    return own | {name for part in node.values() for name in units(part)}


def test_every_unit_is_one_of_grafana(page: Watched) -> None:
    used = units(list(BOARDS.values()))
    assert {"percentunit", "currencyUSD", "s", "bytes", "short", "bool_yes_no"} == used
    assert used <= set(page.page.evaluate("unitIds()"))
