"""The types of panel in the dashboards. Each has a unit, a title, a description and a text for no data.

Sizes are in the dashboard's grid, 24 wide. One color per model family everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    MatcherConfig,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.generator.queries import Query, threshold

SOURCE = shapes.DataSourceRef(type_val="prometheus", uid="${datasource}")
FAMILIES = {"opus": "purple", "sonnet": "blue", "haiku": "green", "fable": "orange", "mythos": "yellow"}
FINE, WARNING, CRITICAL = "green", "orange", "red"
STEPS = 240
"""Maximum number of bars: three hours each over 30 days, six minutes over one."""
NO_READING = "no official reading"
BARS = shapes.GraphDrawStyle.BARS
LINES = shapes.GraphDrawStyle.LINE


Panel = bargauge.Panel | stat.Panel | table.Panel | timeseries.Panel
Placed = list[tuple[int, Panel]]
"""Panels next to each other, each with its width."""


def color(name: str, mode: FieldColorModeId = FieldColorModeId.FIXED) -> DynamicConfigValue:
    return DynamicConfigValue(id_val="color", value={"mode": mode.value, "fixedColor": name})


def unit(name: str, decimals: int | None = None) -> list[DynamicConfigValue]:
    found = [DynamicConfigValue(id_val="unit", value=name)]
    return found if decimals is None else [*found, DynamicConfigValue(id_val="decimals", value=decimals)]


def _described(panel: Any, number: int, title: str, description: str, unit_id: str, no_data: str) -> Any:
    panel.id(number).title(title).description(description).datasource(SOURCE).unit(unit_id).no_value(no_data)
    return panel


def _with_queries(panel: Any, queries: Sequence[Query], as_table: bool = False) -> Any:
    if any("{{model}}" in query.legend for query in queries):
        for family, name in FAMILIES.items():
            panel.override_by_regexp(f"/{family}/i", [color(name, FieldColorModeId.SHADES)])
    for letter, query in zip(ascii_uppercase, queries, strict=False):
        target = prometheus.Dataquery().ref_id(letter).expr(query.expr).legend_format(query.legend or "__auto")
        target.datasource(SOURCE)
        target.format(PromQueryFormat.TABLE if as_table else PromQueryFormat.TIME_SERIES)
        panel.with_target(target.instant() if query.instant or as_table else target.range())
    return panel


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("")


def value(
    number: int, title: str, description: str, unit_id: str, *queries: Query, no_data: str, sparkline: bool = False
) -> stat.Panel:
    """One large figure; or a few, each with its legend."""
    panel = stat.Panel().reduce_options(_last()).color_mode(shapes.BigValueColorMode.VALUE)
    panel.graph_mode(shapes.BigValueGraphMode.AREA if sparkline else shapes.BigValueGraphMode.NONE)
    panel.text_mode(shapes.BigValueTextMode.AUTO).justify_mode(shapes.BigValueJustifyMode.AUTO)
    panel.orientation(shapes.VizOrientation.AUTO).wide_layout(True).show_percent_change(False)
    panel.color_scheme(dashboard.FieldColor().mode(FieldColorModeId.FIXED).fixed_color("text"))
    found: stat.Panel = _with_queries(_described(panel, number, title, description, unit_id, no_data), queries)
    return found


def graded(number: int, title: str, description: str, share: str, *, no_data: str) -> stat.Panel:
    """A share used, colored by its own thresholds: exactly one of the three queries has a result."""
    warning, critical = threshold("warning"), threshold("critical")
    panel = (
        value(
            number,
            title,
            description,
            "percentunit",
            Query(f"{share} < {warning}", title, instant=True),
            Query(f"({share} >= {warning}) < {critical}", title, instant=True),
            Query(f"{share} >= {critical}", title, instant=True),
            no_data=no_data,
        )
        .decimals(0)
        .text_mode(shapes.BigValueTextMode.VALUE)
    )
    for letter, name in zip(ascii_uppercase, (FINE, WARNING, CRITICAL), strict=False):
        panel.override_by_query(letter, [color(name)])
    return panel


def bars(number: int, title: str, description: str, unit_id: str, query: Query, *, no_data: str) -> bargauge.Panel:
    """A bar for each series, longest first."""
    panel = bargauge.Panel().reduce_options(_last()).display_mode(shapes.BarGaugeDisplayMode.BASIC).min(0)
    panel.orientation(shapes.VizOrientation.HORIZONTAL).value_mode(shapes.BarGaugeValueMode.TEXT).show_unfilled(True)
    panel.name_placement(shapes.BarGaugeNamePlacement.TOP).sizing(shapes.BarGaugeSizing.AUTO)
    panel.min_viz_width(8).min_viz_height(16).max_viz_height(40)
    panel.color_scheme(dashboard.FieldColor().mode(FieldColorModeId.FIXED).fixed_color("semi-dark-blue"))
    found: bargauge.Panel = _with_queries(_described(panel, number, title, description, unit_id, no_data), [query])
    return found


def over_time(
    number: int,
    title: str,
    description: str,
    unit_id: str,
    *queries: Query,
    no_data: str,
    draw: shapes.GraphDrawStyle = LINES,
    stacked: bool = False,
) -> timeseries.Panel:
    """Series over time, with the last value in the legend; bars and stacks fill their area."""
    panel = timeseries.Panel().draw_style(draw).line_width(1 if stacked else 2).axis_soft_min(0)
    panel.fill_opacity(70 if draw == BARS else 35 if stacked else 0).show_points(shapes.VisibilityMode.AUTO)
    panel.line_interpolation(shapes.LineInterpolation.LINEAR).span_nulls(False)
    panel.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL if stacked else shapes.StackingMode.NONE))
    panel.color_scheme(dashboard.FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC))
    legend = common.VizLegendOptions().display_mode(shapes.LegendDisplayMode.LIST).show_legend(True)
    panel.legend(legend.placement(shapes.LegendPlacement.BOTTOM).calcs(["lastNotNull"]))
    panel.tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI).sort(shapes.SortOrder.DESCENDING))
    found: timeseries.Panel = _with_queries(_described(panel, number, title, description, unit_id, no_data), queries)
    return found


def with_thresholds(panel: timeseries.Panel) -> timeseries.Panel:
    """Draw the last two queries of the panel, the warning thresholds, as dashed lines (see `THRESHOLDS`)."""
    dash = DynamicConfigValue(id_val="custom.lineStyle", value={"fill": "dash", "dash": [8, 8]})
    thin = DynamicConfigValue(id_val="custom.lineWidth", value=1)
    for query, name in zip(THRESHOLDS, (WARNING, CRITICAL), strict=True):
        panel.override_by_name(query.legend, [color(name), dash, thin])
    return panel


THRESHOLDS = (Query(threshold("warning"), "warning"), Query(threshold("critical"), "critical"))


class Column(NamedTuple):
    """A column of a table: its title, its unit, and whether its cells are bars from 0 to 1."""

    name: str
    unit: str
    decimals: int | None = None
    is_gauge: bool = False


def rows(
    number: int,
    title: str,
    description: str,
    labels: dict[str, str],
    columns: Sequence[tuple[Query, Column]],
    *,
    no_data: str,
    sort_by: str,
) -> table.Panel:
    """A row for each label set. `labels`: their titles; `columns`: one query with these labels per column."""
    panel = (
        table.Panel()
        .show_header(True)
        .cell_height(shapes.TableCellHeight.SM)
        .min_width(70)
        .cell_options(shapes.TableAutoCellOptions())
    )
    panel.sort_by([common.TableSortByFieldState().display_name(sort_by).desc(True)])
    panel.color_scheme(dashboard.FieldColor().mode(FieldColorModeId.FIXED).fixed_color("text"))
    _with_queries(
        _described(panel, number, title, description, "short", no_data), [query for query, _ in columns], as_table=True
    )
    named = {f"Value #{letter}": column.name for letter, (_, column) in zip(ascii_uppercase, columns, strict=False)}
    if len(columns) == 1:
        named = {"Value": columns[0][1].name}
    panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
    order = {name: place for place, name in enumerate([*labels, *named])}
    options = {
        "excludeByName": {"Time": True, "account": True},
        "indexByName": order,
        "renameByName": {**labels, **named},
    }
    panel.with_transformation(DataTransformerConfig(id_val="organize", options=options))
    for _, column in columns:
        properties = unit(column.unit, column.decimals)
        if column.is_gauge:
            look = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
            properties += [
                DynamicConfigValue(id_val="custom.cellOptions", value=look),
                DynamicConfigValue(id_val="min", value=0),
                DynamicConfigValue(id_val="max", value=1),
                color("semi-dark-blue"),
            ]
        panel.with_override(MatcherConfig(id_val="byName", options=column.name), properties)
    return panel
