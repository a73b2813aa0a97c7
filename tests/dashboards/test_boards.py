"""What every dashboard and panel has; the rules are those of Grafana's dashboard-linter, and some of our own."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations

import promql_parser
import pytest

from exporter.domain.usage.families import CURRENT_FAMILIES
from grafana.generator.__main__ import FOLDER, differing
from support.boards import BOARDS, Json, PanelQuery, panel_queries, panels
from support.promql import exposed, metrics_in

NAMES = sorted(BOARDS)
CHOSEN = 'job=~"$job", instance=~"$instance"'
OF_PROMETHEUS = {"up", "scrape_duration_seconds"}
RANGED = re.compile(r"\b(rate|increase|\w+_over_time)\(claude_tracker_(\w+)\{[^}]*\}\[(.+?)\)")
TOTAL = {
    ("last_over_time", "3d] offset $__range"),
    *((f"{name}_over_time", "$__range]") for name in ("max", "min", "last")),
}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
EVERY = [(name, panel) for name in NAMES for panel in panels(BOARDS[name])]
QUERIES = [query for name in NAMES for query in panel_queries(name, 3_600)]


def test_the_generated_dashboards_are_committed() -> None:
    assert [] == differing(FOLDER)
    assert ["health", "limits", "overview", "usage"] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_dashboard_has_the_common_settings(name: str) -> None:
    board = BOARDS[name]
    assert f"claude-tracker-{name}" == board["uid"]
    assert 42 == board["schemaVersion"]
    assert board["editable"] is False, "changes belong into the generator"
    assert board["description"]
    assert ["claude-tracker"] == board["tags"]
    assert {"__inputs", "__requires", "id"}.isdisjoint(board)
    assert [("dashboards", ["claude-tracker"], ""), ("link", [], "http://127.0.0.1:3001/")] == [
        (link["type"], link.get("tags") or [], link.get("url") or "") for link in board["links"]
    ]
    assert ["Block starts", "Limits reached", "Limits raised"] == [
        mark["name"] for mark in board["annotations"]["list"]
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_variables_choose_source_job_and_machines(name: str) -> None:
    variables = BOARDS[name]["templating"]["list"]
    assert [*("datasource", "job", "instance"), *(("model", "project") if name == "usage" else ())] == [
        variable["name"] for variable in variables
    ]
    assert ("datasource", "prometheus", "Data source") == tuple(variables[0][key] for key in ("type", "query", "label"))
    queries = {
        "job": "label_values(claude_tracker_build_info, job)",
        "instance": 'label_values(claude_tracker_build_info{job=~"$job"}, instance)',
        "model": f"label_values(claude_tracker_tokens_total{{{CHOSEN}}}, model)",
        "project": f"label_values(claude_tracker_project_tokens_total{{{CHOSEN}}}, project)",
    }
    for variable in variables[1:]:
        assert variable["label"]
        assert SOURCE == variable["datasource"]
        assert (True, True, ".+", 2) == tuple(variable[key] for key in ("multi", "includeAll", "allValue", "refresh"))
        assert queries[variable["name"]] == variable["query"]


@pytest.mark.parametrize("name", NAMES)
def test_the_default_time_range(name: str) -> None:
    since = {"health": "now-6h", "limits": "now-7d", "overview": "now-24h", "usage": "now-30d"}
    assert ({"from": since[name], "to": "now"}, "1m") == (BOARDS[name]["time"], BOARDS[name]["refresh"])


@pytest.mark.parametrize("name", NAMES)
def test_block_starts_and_limits_are_marked(name: str) -> None:
    starts, *limits = BOARDS[name]["annotations"]["list"]
    assert f"max(claude_tracker_block_start_timestamp_seconds{{{CHOSEN}}}) * 1000" == starts["expr"]
    assert starts["useValueForTime"] is True
    for mark, counter in zip(limits, ("limit_hits_total", "limit_raised_total"), strict=True):
        increase = f"increase(claude_tracker_{counter}{{{CHOSEN}}}[$__rate_interval])"
        assert mark["expr"].startswith(f"((max by (account, window) ({increase}) > 0) * on (account)")
        assert mark["titleFormat"].endswith(": {{window}} {{name}}")
    for mark in (starts, *limits):
        assert (SOURCE, True) == (mark["datasource"], mark["enable"])


@pytest.mark.parametrize(("name", "panel"), EVERY, ids=lambda part: part if isinstance(part, str) else part["title"])
def test_every_override_matches_an_existing_field(name: str, panel: Json) -> None:
    transformations: list[Json] = panel.get("transformations", [])
    assert [one["id"] for one in transformations] in ([], ["merge", "organize"])
    columns = {name for one in transformations for name in one["options"].get("renameByName", {}).values()}
    legends = {target["legendFormat"] for target in panel["targets"]}
    for override in panel["fieldConfig"]["overrides"]:
        matcher = override["matcher"]
        if matcher["id"] == "byName":
            assert matcher["options"] in legends | columns
        elif matcher["id"] == "byFrameRefID":
            assert matcher["options"] in {target["refId"] for target in panel["targets"]}
        else:
            assert "byRegexp" == matcher["id"]
            assert matcher["options"] == "/^CPU/" or "{{model}}" in "".join(legends)


@pytest.mark.parametrize("name", NAMES)
def test_panels_have_unique_ids_and_do_not_overlap(name: str) -> None:
    everything = BOARDS[name]["panels"]
    ids = Counter(panel["id"] for panel in everything)
    assert 1 == max(ids.values())
    assert 0 < min(ids)
    for one, other in combinations([panel["gridPos"] for panel in everything], 2):
        is_next_to = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert is_next_to or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"], (one, other)
    area = sum(panel["gridPos"]["w"] * panel["gridPos"]["h"] for panel in everything)
    lowest = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in everything)
    assert 24 * lowest == area, "no holes, and nothing beyond the 24 columns"
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in everything)


@pytest.mark.parametrize(("name", "panel"), EVERY, ids=lambda part: part if isinstance(part, str) else part["title"])
def test_every_panel_has_a_description(name: str, panel: Json) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert SOURCE == panel["datasource"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["fieldConfig"]["defaults"]["noValue"]
    assert {"libraryPanel", "thresholds"}.isdisjoint({*panel, *panel["fieldConfig"]["defaults"]})
    letters = [target["refId"] for target in panel["targets"]]
    assert list("ABCDEFGH"[: len(letters)]) == letters


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_queries_select_the_chosen_machines_and_existing_metrics(query: PanelQuery) -> None:
    assert SOURCE == query.target["datasource"]
    parsed = promql_parser.parse(query.expr)
    names = metrics_in(parsed)
    assert names
    assert names <= exposed().keys() | OF_PROMETHEUS
    for selector in re.findall(r"\{([^}]*)\}", query.target["expr"]):
        assert selector.startswith(CHOSEN), selector


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_counters_are_queried_as_rates(query: PanelQuery) -> None:
    """Over time by `$__rate_interval`, at one time by what `total` makes of the range; never by their value."""
    ranged: dict[str, list[tuple[str, str]]] = {}
    for function, name, over in RANGED.findall(query.target["expr"]):
        ranged.setdefault(f"claude_tracker_{name}", []).append((function, over))
    for name in metrics_in(promql_parser.parse(query.expr)):
        if exposed().get(name) == "counter":
            if query.target.get("instant"):
                assert TOTAL == set(ranged[name])
            else:
                assert set(ranged[name]) in ({("increase", "$__rate_interval]")}, {("rate", "$__rate_interval]")})


def test_a_model_family_has_one_colour_everywhere() -> None:
    colours: dict[str, set[str]] = {}
    for _, panel in EVERY:
        for override in panel["fieldConfig"]["overrides"]:
            family = re.fullmatch(r"/(\w+)/i", str(override["matcher"]["options"]))
            if family:
                properties = override["properties"]
                colours.setdefault(family[1], set()).update(one["value"]["fixedColor"] for one in properties)
    expected = {"opus": {"purple"}, "sonnet": {"blue"}, "haiku": {"green"}, "fable": {"orange"}, "mythos": {"yellow"}}
    assert expected == colours
    assert set(CURRENT_FAMILIES) == colours.keys()
