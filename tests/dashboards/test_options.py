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


def changed(type_: str, part: str, change: Json) -> Json:
    """The first panel of a type, with something its type does not know."""
    panel = next(panel for panel in PANELS if panel["type"] == type_)
    return panel | {"name": f"a {type_} that does not fit", part: panel[part] | change}


CHANGED = [
    changed("table", "options", {"footer": {}}),
    changed("stat", "options", {"colorMode": "loud"}),
    changed("timeseries", "custom", {"lineWidth": "thick"}),
]


@pytest.fixture(scope="module")
def misfits(components: Path) -> dict[str, list[str]]:
    """Why panels do not fit their types, by the panel's name."""
    given = json.dumps([*PANELS, *CHANGED])
    found = json.loads(output_of("node", "schemas.mjs", cwd=components.parent, stdin=given))
    return {panel["name"]: panel["errors"] for panel in found}


def test_every_panel_fits_its_type(misfits: dict[str, list[str]]) -> None:
    assert {"stat", "bargauge", "timeseries", "table", "heatmap", "state-timeline"} == {
        panel["type"] for panel in PANELS
    }
    assert {} == {name: why for name, why in misfits.items() if not name.endswith("that does not fit")}


@pytest.mark.parametrize("type_", ["table", "stat", "timeseries"])
def test_a_panel_that_does_not_fit_is_reported(misfits: dict[str, list[str]], type_: str) -> None:
    assert f"a {type_} that does not fit" in misfits


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
    assert {
        "percentunit",
        "currencyUSD",
        "s",
        "bytes",
        "short",
        "locale",
        "dtdurations",
        "dthms",
        "time:ddd LT",
    } == used
    used.remove("time:ddd LT")  # a pattern, which Grafana takes after `time:`
    assert used <= set(page.page.evaluate("unitIds()"))
