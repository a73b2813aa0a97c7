"""Builds a dashboard from rows of panels, with the variables, annotations and links that all dashboards share."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableHide,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from grafana.generator.forms import CHOSEN, CHOSEN_OF_MANY, expanded
from grafana.generator.panels import SOURCE, Panel
from grafana.generator.words import GREY, RED, WINDOWS

TAG = "claude-tracker"
PAGE = "http://127.0.0.1:3001"
"""Where the tracker's own page is; `claude-tracker stack` writes the address of its tracker instead."""
ACCOUNT, MODEL, PROJECT = "account", "model", "project"
_NAMED_ACCOUNTS = r'/account="(?<value>[^"]*)".*name="(?<text>[^"]*)"/'


class Row(NamedTuple):
    """Panels under a question. `y`: where the question stands; they stand below it."""

    y: int
    question: str
    panels: Sequence[Panel]


class Board(NamedTuple):
    """A dashboard `claude-tracker-<name>`. `since`: where its time range starts. `chosen`: labels chosen above it.

    `is_of_many`: of the machines that send to one store, which are chosen by team and user.
    """

    name: str
    title: str
    description: str
    since: str
    rows: Sequence[Row]
    chosen: Collection[str] = ()
    is_of_many: bool = False

    @property
    def of_all(self) -> str:
        """The matchers of all its queries."""
        return CHOSEN_OF_MANY if self.is_of_many else CHOSEN


def _choice(name: str, label: str, query: str) -> dashboard.QueryVariable:
    """A variable that selects label values: all, also the absent one, or some of them."""
    variable = dashboard.QueryVariable(name).label(label).datasource(SOURCE).query(query).definition(query)
    variable.multi(True).include_all(True).all_value(".*").sort(VariableSort.ALPHABETICAL_ASC)
    return variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)


def _choices(board: Board) -> list[Any]:
    accounts = "query_result(count by (account, name) (claude_tracker_account_info))"
    known = {
        ACCOUNT: lambda: _choice(ACCOUNT, "Account", accounts).regex(_NAMED_ACCOUNTS),
        MODEL: lambda: _choice(MODEL, "Model", f"label_values(claude_tracker_tokens_total{{{board.of_all}}}, model)"),
        PROJECT: lambda: _choice(
            PROJECT, "Project", f"label_values(claude_tracker_project_tokens_total{{{CHOSEN}}}, project)"
        ),
    }
    chosen = [known[label]() for label in board.chosen]
    return [
        dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"),
        *(_of_many(chosen) if board.is_of_many else _of_machines(chosen)),
        dashboard.ConstantVariable("page").value(PAGE),
    ]


def _of_machines(chosen: list[Any]) -> list[Any]:
    job = _choice("job", "Job", "label_values(claude_tracker_build_info, job)")
    instance = _choice("instance", "Machine", 'label_values(claude_tracker_build_info{job=~"$job"}, instance)')
    return [*chosen, *(one.hide(VariableHide.IN_CONTROLS_MENU) for one in (job, instance))]


def _of_many(chosen: list[Any]) -> list[Any]:
    """Who is shown. People are compared only where somebody chooses so."""
    team = _choice("team", "Team", "label_values(claude_tracker_build_info, team)")
    user = _choice("user", "User", 'label_values(claude_tracker_build_info{team=~"$team"}, user)')
    compared = dashboard.CustomVariable("compared").label("People compared").values("0,10,50")
    return [team, user, *chosen, compared.current(VariableOption(text="0", value="0", selected=True))]


def _mark(name: str, color: str, expr: str, title: str, *, is_on: bool = True) -> dashboard.AnnotationQuery:
    mark = dashboard.AnnotationQuery().name(name).datasource(SOURCE).enable(is_on).icon_color(color)
    return mark.expr(expr).step("60s").title_format(title)


_LIMITS = (("reached", RED, "limit_hits_total"), ("raised", GREY, "limit_raised_total"))


def _marks(board: Board) -> list[dashboard.AnnotationQuery]:
    if board.is_of_many:
        return []
    if board.name == "health":
        changed = (
            "sum by (version) (build_info) unless sum by (version) (last_over_time(build_info[3d] offset $__interval))"
        )
        return [_mark("Version changed", GREY, expanded(changed), "Version {{version}}")]
    found = []
    for what, color, counter in _LIMITS:
        counted = f"max by (account, window) ({counter} - last_over_time({counter}[3d] offset $__interval)) > 0"
        worded = _window_named(f"NAMED({counted})")
        mark = _mark(
            f"Limit {what}", color, expanded(worded, board.chosen), f"Limit {what}: {{{{limit}}}} {{{{name}}}}"
        )
        found.append(mark)
    starts = expanded("max(block_start_timestamp_seconds) * 1000")
    blocks = _mark("Block starts", GREY, starts, "A 5-hour window starts", is_on=False)
    return [*found, blocks.use_value_for_time(True)]


def _window_named(expr: str) -> str:
    """The expression with a label `limit`: an annotation's title knows no mapping of values."""
    for pattern, text in (("seven_day_(.+)", "$1 week"), *WINDOWS.items()):
        expr = f'label_replace({expr}, "limit", "{text}", "window", "{pattern}")'
    return expr


def _links() -> list[dashboard.DashboardLink]:
    others = dashboard.DashboardLink("claude-tracker").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    page = dashboard.DashboardLink("Tracker's page").type(DashboardLinkType.LINK).url("${page}").icon("external link")
    return [
        others.as_dropdown(False).include_vars(True).keep_time(False).icon("dashboard"),
        page.tooltip("The tracker's own dashboard").target_blank(True),
    ]


def as_json(board: Board) -> str:
    """The committed JSON: forms are PromQL, panels have ids, and tables no `footer`, which Grafana 13 does not know."""
    built = dashboard.Dashboard(board.title).uid(f"claude-tracker-{board.name}").description(board.description)
    built.tags([TAG]).readonly().time(board.since, "now").timezone("browser").refresh("1m")
    built.tooltip(DashboardCursorSync.CROSSHAIR)
    for variable in _choices(board):
        built.with_variable(variable)
    for mark in _marks(board):
        built.annotation(mark)
    for link in _links():
        built.link(link)
    found = json.loads(json.dumps(built.build(), cls=JSONEncoder))
    found.setdefault("annotations", {}).setdefault("list", [])
    for variable in found["templating"]["list"]:
        if variable["type"] == "constant":
            variable["hide"] = VariableHide.HIDE_VARIABLE.value  # the SDK's constants have no `hide`
    found["panels"] = [panel for row in board.rows for panel in _row(row, board)]
    for number, panel in enumerate(found["panels"], 1):
        panel["id"] = number
    return json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _row(row: Row, board: Board) -> list[dict[str, Any]]:
    place = {"x": 0, "y": row.y, "w": 24, "h": 1}
    title = {"type": "row", "title": row.question, "collapsed": False, "gridPos": place, "panels": []}
    panels = [json.loads(json.dumps(panel.build(), cls=JSONEncoder)) for panel in row.panels]
    for panel in panels:
        panel.get("options", {}).pop("footer", None)
        for target in panel["targets"]:
            target["expr"] = expanded(target["expr"], board.chosen, board.of_all)
    return [title, *panels]
