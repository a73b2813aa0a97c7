"""What every dashboard and panel has; the rules are those of Grafana's dashboard-linter, and some of our own."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations

import promql_parser
import pytest

from grafana.generator.__main__ import FOLDER, differing
from grafana.generator.families import FAMILIES
from grafana.generator.forms import NAMESPACE
from support.boards import BOARDS, Json, PanelQuery, panel_queries, panels
from support.promql import exposed, exposed_labels, metrics_in

NAMES = sorted(BOARDS)
CHOSEN = dict.fromkeys(NAMES, 'job=~"$job", instance=~"$instance"') | {"team": 'team=~"$team", user=~"$user"'}
NOT_OURS = {"up", "scrape_duration_seconds", "ALERTS"}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
EVERY = [(name, panel) for name in NAMES for panel in panels(BOARDS[name])]
QUERIES = [query for name in NAMES for query in panel_queries(name, 3_600)]
GRADED = {"Verdict", "Runs out in", "Longest wait", "Behind by", "Budgets used", "Credits used", "Failing collectors",
          "Clock jumps", "Accounts by their fullest window", "Machines with a problem"}  # fmt: skip
"""Figures whose color says a state."""
CHOICES = {"overview": ["account"], "limits": ["account"], "usage": ["model", "project"], "sessions": [], "health": [],
           "team": ["model"]}  # fmt: skip


def test_the_generated_dashboards_are_committed() -> None:
    assert [] == differing(FOLDER)
    assert ["health", "limits", "overview", "sessions", "team", "usage"] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_dashboard_has_the_common_settings(name: str) -> None:
    board = BOARDS[name]
    assert f"claude-tracker-{name}" == board["uid"]
    assert 42 == board["schemaVersion"]
    assert board["editable"] is False, "changes belong into the generator"
    assert board["description"].endswith(".")
    assert ["claude-tracker"] == board["tags"]
    assert {"__inputs", "__requires", "id"}.isdisjoint(board)
    assert [("dashboards", ["claude-tracker"], ""), ("link", [], "${page}")] == [
        (link["type"], link.get("tags") or [], link.get("url") or "") for link in board["links"]
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_variables_choose_what_is_shown(name: str) -> None:
    variables = BOARDS[name]["templating"]["list"]
    machines = {"team": ["team", "user", *CHOICES[name], "compared"]}.get(name, [*CHOICES[name], "job", "instance"])
    assert ["datasource", *machines, "page"] == [variable["name"] for variable in variables]
    assert ("datasource", "prometheus", "Data source") == tuple(variables[0][key] for key in ("type", "query", "label"))
    page = variables[-1]
    assert ("constant", "http://127.0.0.1:3001", 2) == (page["type"], page["query"], page["hide"])
    queries = {
        "account": "query_result(count by (account, name) (claude_tracker_account_info))",
        "job": "label_values(claude_tracker_build_info, job)",
        "instance": 'label_values(claude_tracker_build_info{job=~"$job"}, instance)',
        "team": "label_values(claude_tracker_build_info, team)",
        "user": 'label_values(claude_tracker_build_info{team=~"$team"}, user)',
        "model": f"label_values(claude_tracker_tokens_total{{{CHOSEN[name]}}}, model)",
        "project": f"label_values(claude_tracker_project_tokens_total{{{CHOSEN[name]}}}, project)",
    }
    for variable in variables[1:-1]:
        assert variable["label"]
        if variable["name"] == "compared":
            assert ("custom", "0,10,50", "0") == (variable["type"], variable["query"], variable["current"]["value"])
            continue
        assert SOURCE == variable["datasource"]
        assert (True, True, ".*", 2) == tuple(variable[key] for key in ("multi", "includeAll", "allValue", "refresh"))
        assert queries[variable["name"]] == variable["query"]
        assert (3 if variable["name"] in {"job", "instance"} else None) == variable.get("hide") or None


@pytest.mark.parametrize("name", NAMES)
def test_the_default_time_range(name: str) -> None:
    since = {"health": "24h", "limits": "7d", "overview": "24h", "sessions": "7d", "team": "30d", "usage": "30d"}
    assert ({"from": f"now-{since[name]}", "to": "now"}, "1m") == (BOARDS[name]["time"], BOARDS[name]["refresh"])


@pytest.mark.parametrize("name", NAMES)
def test_limits_and_versions_are_marked(name: str) -> None:
    marks = BOARDS[name]["annotations"]["list"]
    shown = [(mark["name"], mark["enable"]) for mark in marks]
    if name == "team":
        assert [] == shown, "those of many accounts would hide the graphs"
    elif name == "health":
        assert [("Version changed", True)] == shown
    else:
        assert [("Limit reached", True), ("Limit raised", True), ("Block starts", False)] == shown
        assert marks[-1]["useValueForTime"] is True
        assert ["Limit reached: {{limit}} {{name}}", "Limit raised: {{limit}} {{name}}"] == [
            mark["titleFormat"] for mark in marks[:2]
        ]
    for mark in marks:
        assert SOURCE == mark["datasource"]


@pytest.mark.parametrize(("name", "panel"), EVERY, ids=lambda part: part if isinstance(part, str) else part["title"])
def test_every_override_matches_an_existing_field(name: str, panel: Json) -> None:
    transformations: list[Json] = panel.get("transformations", [])
    kinds = {one["id"] for one in transformations}
    assert kinds in (set(), {"renameByRegex"}, {"merge", "organize", "sortBy", "limit"})
    columns = {name for one in transformations for name in one["options"].get("renameByName", {}).values()}
    legends = {target["legendFormat"] for target in panel["targets"]}
    renamed = {one["options"].get("renamePattern", "").removesuffix("$1") for one in transformations}
    for override in panel["fieldConfig"]["overrides"]:
        matcher = override["matcher"]
        if matcher["id"] == "byName":
            assert matcher["options"] in legends | columns | renamed
        elif matcher["id"] == "byFrameRefID":
            assert matcher["options"] in {target["refId"] for target in panel["targets"]}
        else:
            assert "byRegexp" == matcher["id"]
            assert "{{window}}" in "".join(legends), "windows have a color by their renamed name"


@pytest.mark.parametrize("name", NAMES)
def test_panels_have_unique_ids_and_do_not_overlap(name: str) -> None:
    everything = BOARDS[name]["panels"]
    ids = Counter(panel["id"] for panel in everything)
    assert 1 == max(ids.values())
    assert 0 < min(ids)
    assert all(4 <= panel["gridPos"]["h"] <= 10 for panel in panels(BOARDS[name]))
    for one, other in combinations([panel["gridPos"] for panel in everything], 2):
        is_next_to = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert is_next_to or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"], (one, other)
    area = sum(panel["gridPos"]["w"] * panel["gridPos"]["h"] for panel in everything)
    lowest = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in everything)
    assert 24 * lowest == area, "no holes, and nothing beyond the 24 columns"
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in everything)


@pytest.mark.parametrize(("name", "panel"), EVERY, ids=lambda part: part if isinstance(part, str) else part["title"])
def test_every_panel_says_what_it_shows(name: str, panel: Json) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert SOURCE == panel["datasource"]
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"]
    assert re.fullmatch(r"[A-Z].*[^.]", defaults["noValue"]), "a sentence without a full stop"
    assert "libraryPanel" not in panel
    assert "thresholds" not in defaults or panel["title"] in GRADED
    assert len(panel.get("links") or []) + len(defaults.get("links") or []) <= 1
    letters = [target["refId"] for target in panel["targets"]]
    assert list("ABCDEFGH"[: len(letters)]) == letters


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_questions_and_stay_open(name: str) -> None:
    rows = [panel for panel in BOARDS[name]["panels"] if panel["type"] == "row"]
    assert 4 <= len(rows) <= 6
    for row in rows:
        assert row["title"].endswith("?")
        assert row["collapsed"] is False


def test_the_families_have_the_labels_that_the_variables_choose() -> None:
    labels = {"account", "model", "project"}
    known = exposed_labels()
    assert {NAMESPACE + name for name in FAMILIES} <= exposed().keys()
    for name, label in FAMILIES.items():  # of a few the snapshot has no sample
        assert {label} - {""} == labels & known.get(NAMESPACE + name, {label}), name
    used = {name for query in QUERIES for name in metrics_in(promql_parser.parse(query.expr))}
    marked = set(re.findall(r"claude_tracker_\w+", str([board["annotations"] for board in BOARDS.values()])))
    assert {NAMESPACE + name for name in FAMILIES} == (used | marked) - NOT_OURS


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_queries_select_the_chosen_machines_and_existing_metrics(query: PanelQuery) -> None:
    assert SOURCE == query.target["datasource"]
    names = metrics_in(promql_parser.parse(query.expr))
    assert names
    assert names <= exposed().keys() | NOT_OURS
    for name, selector in re.findall(r"(\w+)\{([^}]*)\}", re.sub(r"\$\{\w+\}", "", query.target["expr"])):
        chosen = [label for label in CHOICES[query.board] if FAMILIES.get(name.removeprefix(NAMESPACE)) == label]
        start = ", ".join([CHOSEN[query.board], *(f'{label}=~"${label}"' for label in chosen)])
        assert name == "ALERTS" or selector.startswith(start), selector


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_nothing_is_extrapolated_and_no_counter_is_shown_by_its_value(query: PanelQuery) -> None:
    """A total's form may use its greatest value, as tests/dashboards/test_totals.py measures it; nothing else may."""
    expr = re.sub(
        r"clamp_min\(max_over_time\((.*?)\[\$__range\]\) - last_over_time\(\1\[3d\]", "", query.target["expr"]
    )
    assert not re.search(r"\b(rate|irate|increase|delta|deriv|max_over_time)\(", expr)
    for counter in [name for name in metrics_in(promql_parser.parse(query.expr)) if exposed().get(name) == "counter"]:
        assert not re.search(rf"{counter}\{{[^}}]*\}}(?!\[)", query.target["expr"]), "only over a time"


def test_a_model_family_has_one_color_everywhere() -> None:
    by_model = [panel for _, panel in EVERY if "{{model}}" in str(panel["targets"])]
    assert ["Block tokens by model", *["Cost over time by model"] * 3] == sorted(panel["title"] for panel in by_model)
    hues = {"A": "#8270ea", "B": "#d0679f", "C": "#4a92ec", "D": "#2b9eaf", "E": "#7f89a0"}
    for panel in by_model:
        assert hues == {
            override["matcher"]["options"]: override["properties"][0]["value"]["fixedColor"]
            for override in panel["fieldConfig"]["overrides"]
        }
        families = ["opus", "fable", "sonnet", "haiku", "(opus|fable|sonnet|haiku)"]
        assert families == [re.search(r'model[=!]~"\.\*([^"]*)\.\*"', t["expr"])[1] for t in panel["targets"]]  # type: ignore[index]


STATE_COLORS = {"#2f9e6a", "#c28413", "#e0525a"}
OF_STATES = GRADED | {"Windows now", "Verdict over time", "Sessions now", "Sessions over time", "Active alerts",
                      "Machines", "Names used twice", "API errors over time", "Totals that fell",
                      "Nearest their limit"}  # fmt: skip


@pytest.mark.parametrize(("name", "panel"), EVERY, ids=lambda part: part if isinstance(part, str) else part["title"])
def test_green_amber_and_red_are_states(name: str, panel: Json) -> None:
    used = set(re.findall(r"#[0-9a-f]{6}", str(panel)))
    assert panel["title"] in OF_STATES or not used & STATE_COLORS
    assert "palette" not in str(panel)
