"""Builds a dashboard from rows of panels, with the variables, annotations and links that all dashboards share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableRefresh,
    VariableSort,
)

from grafana.generator.panels import SOURCE, Placed
from grafana.generator.queries import account_increase, named, of

TAG = "claude-tracker"
PAGE = "http://127.0.0.1:3001/"


class Row(NamedTuple):
    """Panels next to each other under a title; together they fill the width of the grid."""

    number: int
    title: str
    height: int
    panels: Placed


def choice(name: str, label: str, query: str) -> dashboard.QueryVariable:
    """A variable that selects label values: all, or some of them."""
    variable = dashboard.QueryVariable(name).label(label).datasource(SOURCE).query(query).definition(query)
    variable.multi(True).include_all(True).all_value(".+").sort(VariableSort.ALPHABETICAL_ASC)
    return variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)


JOB = choice("job", "Job", "label_values(claude_tracker_build_info, job)")
INSTANCE = choice("instance", "Instance", 'label_values(claude_tracker_build_info{job=~"$job"}, instance)')


def marks() -> list[dashboard.AnnotationQuery]:
    starts = _mark("Block starts", "blue", f"max({of('block_start_timestamp_seconds')}) * 1000", "Block starts")
    return [starts.use_value_for_time(True), *(_limit_mark(*limit) for limit in LIMIT_MARKS)]


LIMIT_MARKS = (("reached", "red", "limit_hits_total"), ("raised", "gray", "limit_raised_total"))


def _limit_mark(what: str, color: str, metric: str) -> dashboard.AnnotationQuery:
    happened = named(f"{account_increase(metric)} > 0")
    mark = _mark(f"Limits {what}", color, happened, f"Limit {what}: {{{{window}}}} {{{{name}}}}")
    return mark.tag_keys("window")


def _mark(name: str, color: str, expr: str, title: str) -> dashboard.AnnotationQuery:
    mark = dashboard.AnnotationQuery().name(name).datasource(SOURCE).enable(True).icon_color(color)
    return mark.expr(expr).step("60s").title_format(title)


def links() -> list[dashboard.DashboardLink]:
    others = dashboard.DashboardLink("claude-tracker").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    page = dashboard.DashboardLink("This machine's page").type(DashboardLinkType.LINK).url(PAGE).icon("external link")
    return [
        others.as_dropdown(False).include_vars(True).keep_time(False).icon("dashboard"),
        page.tooltip("The tracker's own dashboard on its default port").target_blank(True),
    ]


def build_dashboard(
    name: str,
    title: str,
    description: str,
    since: str,
    rows: Sequence[Row],
    choices: Sequence[dashboard.QueryVariable] = (),
) -> dashboard.Dashboard:
    """The dashboard `claude-tracker-<name>`, whose time range starts at `since`."""
    board = dashboard.Dashboard(title).uid(f"claude-tracker-{name}").description(description).tags([TAG])
    board.readonly().time(since, "now").timezone("browser").refresh("1m").tooltip(DashboardCursorSync.CROSSHAIR)
    board.with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
    for variable in (JOB, INSTANCE, *choices):
        board.with_variable(variable)
    for mark in marks():
        board.annotation(mark)
    for link in links():
        board.link(link)
    for row in rows:
        board.with_row(dashboard.Row(row.title).id(row.number))
        for width, panel in row.panels:
            board.with_panel(panel.height(row.height).span(width))
    return board


def as_json(board: dashboard.Dashboard) -> str:
    """The committed JSON, without the tables' `footer`, which the SDK writes and Grafana 13 does not know."""
    found = json.loads(json.dumps(board.build(), cls=JSONEncoder))
    for panel in found["panels"]:
        panel.get("options", {}).pop("footer", None)
    return json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
