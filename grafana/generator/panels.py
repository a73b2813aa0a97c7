"""The types of panel in the dashboards. Each has a place, a unit, a description and a sentence for no data.

A place is x, y, width and height in the dashboard's grid, which is 24 wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import bargauge, common, dashboard, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.builders import statetimeline as timeline
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import heatmap as heat
from grafana_foundation_sdk.models.dashboard import (
    DynamicConfigValue,
    FieldColorModeId,
    GridPos,
    Threshold,
    ThresholdsConfig,
    ThresholdsMode,
    ValueMapping,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.generator.words import DATA, GREY, TEXT

SOURCE = shapes.DataSourceRef(type_val="prometheus", uid="${datasource}")
LINE_INTERVAL, BAR_INTERVAL, BARS_SHOWN = "1m", "10m", 30
"""Thirty bars at most: hours in a day, days in a month, weeks in a year."""

Place = tuple[int, int, int, int]
Panel = Any
"""A panel's builder: each type of panel has its own, without a common base."""


class Query(NamedTuple):
    """A query of a panel, in the words of `forms`, and the legend of its series."""

    expr: str
    legend: str = ""


class Unit(NamedTuple):
    """A unit by Grafana's name, and how many decimals."""

    name: str
    decimals: int


MONEY, DOLLARS = Unit("currencyUSD", 2), Unit("currencyUSD", 0)
SHARE, FINE_SHARE = Unit("percentunit", 0), Unit("percentunit", 2)
COUNT, TOKENS = Unit("locale", 0), Unit("short", 1)
SPAN, WHOLE_SPAN, MOMENT = Unit("dtdurations", 1), Unit("dtdurations", 0), Unit("s", 0)
AXIS_SPAN = Unit("dthms", 0)
"""On an axis, where `dtdurations` has lines such as 41 minutes, 40 seconds."""
CLOCK, BYTES = Unit("time:ddd LT", 0), Unit("bytes", 1)


def described(panel: Any, place: Place, title: str, description: str, unit: Unit, no_data: str) -> Any:
    """What every type of panel has."""
    x, y, width, height = place
    panel.grid_pos(GridPos(x=x, y=y, w=width, h=height)).title(title).description(description).datasource(SOURCE)
    return panel.unit(unit.name).decimals(unit.decimals).no_value(no_data)


def asking(panel: Any, queries: Sequence[Query], form: PromQueryFormat, *, at_end: bool) -> Any:
    """Give a panel its queries. `at_end`: only at the end of the time range."""
    for letter, query in zip(ascii_uppercase, queries, strict=False):
        target = prometheus.Dataquery().ref_id(letter).expr(query.expr).legend_format(query.legend)
        target.datasource(SOURCE).format(form)
        panel.with_target(target.instant() if at_end else target.range())
    return panel


def fixed(name: str) -> dashboard.FieldColor:
    return dashboard.FieldColor().mode(FieldColorModeId.FIXED).fixed_color(name)


def stepped(*steps: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    """Colors from a value on; that of None is the first."""
    return dashboard.ThresholdsConfig().steps([Threshold(value=value, color=name) for value, name in steps])


def by_value(*steps: tuple[float | None, str]) -> list[DynamicConfigValue]:
    """The same for some series or one column."""
    thresholds = ThresholdsConfig(mode=ThresholdsMode.ABSOLUTE, steps=stepped(*steps).build().steps)
    return [
        DynamicConfigValue(id_val="thresholds", value=thresholds),
        DynamicConfigValue(id_val="color", value={"mode": FieldColorModeId.THRESHOLDS.value}),
    ]


def linked(panel: Any, title: str, url: str) -> Any:
    """A link that a click on a figure of the panel follows."""
    return panel.data_links([dashboard.DashboardLink(title).url(url).target_blank(url.startswith(("http", "${page}")))])


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("")


def figure(
    place: Place,
    title: str,
    description: str,
    unit: Unit,
    *queries: Query,
    no_data: str,
    steps: Sequence[tuple[float | None, str]] = (),
    mappings: Sequence[ValueMapping] = (),
    since: str = "",
    is_name: bool = False,
) -> stat.Panel:
    """One large figure; or a few, each with its legend.

    `steps`: colors by value, else the theme's text. `since`: a time range of its own, such as `now/d`. `is_name`: the
    legend is shown instead of the figure.
    """
    panel = stat.Panel().reduce_options(_last()).color_mode(shapes.BigValueColorMode.VALUE)
    panel.graph_mode(shapes.BigValueGraphMode.NONE).justify_mode(shapes.BigValueJustifyMode.AUTO)
    modes = shapes.BigValueTextMode
    panel.text_mode(modes.NAME if is_name else modes.AUTO).orientation(shapes.VizOrientation.AUTO)
    panel.wide_layout(True).show_percent_change(False)
    _by_value(panel, steps, TEXT)
    if mappings:
        panel.mappings(list(mappings))
    if since:
        panel.time_from(since).hide_time_override(True)
    described(panel, place, title, description, unit, no_data)
    found: stat.Panel = asking(panel, queries, PromQueryFormat.TIME_SERIES, at_end=True)
    return found


def _by_value(panel: Any, steps: Sequence[tuple[float | None, str]], otherwise: str) -> None:
    if steps:
        panel.thresholds(stepped(*steps)).color_scheme(dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS))
    else:
        panel.color_scheme(fixed(otherwise))


def ranking(
    place: Place,
    title: str,
    description: str,
    unit: Unit,
    query: Query,
    *,
    no_data: str,
    highest: float | None = None,
    steps: Sequence[tuple[float | None, str]] = (),
) -> bargauge.Panel:
    """A horizontal bar for each series, longest first. `highest`: where the bars end, else at the longest."""
    panel = bargauge.Panel().reduce_options(_last()).display_mode(shapes.BarGaugeDisplayMode.BASIC).min(0)
    panel.orientation(shapes.VizOrientation.HORIZONTAL).value_mode(shapes.BarGaugeValueMode.TEXT).show_unfilled(True)
    panel.name_placement(shapes.BarGaugeNamePlacement.LEFT).sizing(shapes.BarGaugeSizing.AUTO)
    panel.min_viz_width(8).min_viz_height(16).max_viz_height(28)
    _by_value(panel, steps, DATA)
    if highest is not None:
        panel.max(highest)
    described(panel, place, title, description, unit, no_data)
    longest_first = [query._replace(expr=f"sort_desc({query.expr})")]
    found: bargauge.Panel = asking(panel, longest_first, PromQueryFormat.TIME_SERIES, at_end=True)
    return found


def _over_time(
    place: Place, title: str, description: str, unit: Unit, queries: Sequence[Query], no_data: str, legend: str
) -> timeseries.Panel:
    panel = timeseries.Panel().axis_soft_min(0).span_nulls(False).color_scheme(fixed(DATA))
    shown = common.VizLegendOptions().display_mode(shapes.LegendDisplayMode.LIST).show_legend(True)
    panel.legend(shown.placement(shapes.LegendPlacement.BOTTOM).calcs([legend]))
    panel.tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI).sort(shapes.SortOrder.DESCENDING))
    described(panel, place, title, description, unit, no_data)
    found: timeseries.Panel = asking(panel, queries, PromQueryFormat.TIME_SERIES, at_end=False)
    return found


def lines(
    place: Place,
    title: str,
    description: str,
    unit: Unit,
    *queries: Query,
    no_data: str,
    is_stacked: bool = False,
    is_stepped: bool = False,
) -> timeseries.Panel:
    """Series over time; the legend has the last value. Gaps stay gaps."""
    panel = _over_time(place, title, description, unit, queries, no_data, "lastNotNull").interval(LINE_INTERVAL)
    panel.draw_style(shapes.GraphDrawStyle.LINE).line_width(2).show_points(shapes.VisibilityMode.NEVER)
    steps, straight = shapes.LineInterpolation.STEP_AFTER, shapes.LineInterpolation.LINEAR
    panel.line_interpolation(steps if is_stepped else straight).fill_opacity(55 if is_stacked else 0)
    if is_stacked:
        panel.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A")).line_width(0)
    return panel


def bars(place: Place, title: str, description: str, unit: Unit, *queries: Query, no_data: str) -> timeseries.Panel:
    """What was counted from bar to bar; the legend has the total. A bar starts at its time.

    A series without anything in the range is left out.
    """
    counted = [query._replace(expr=f"{query.expr} > 0") for query in queries]
    panel = _over_time(place, title, description, unit, counted, no_data, "sum")
    panel.draw_style(shapes.GraphDrawStyle.BARS).line_width(1).fill_opacity(80).bar_alignment(shapes.BarAlignment.AFTER)
    panel.show_points(shapes.VisibilityMode.NEVER)
    panel.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A"))
    return panel.interval(BAR_INTERVAL).max_data_points(BARS_SHOWN)


def joined(place: Place, title: str, description: str, unit: Unit, *queries: Query, no_data: str) -> timeseries.Panel:
    """A share from step to step: points at the bars' times, joined."""
    panel = lines(place, title, description, unit, *queries, no_data=no_data)
    panel.interval(BAR_INTERVAL).max_data_points(BARS_SHOWN).show_points(shapes.VisibilityMode.ALWAYS)
    return panel.span_nulls(True).min(0).max(1)


def cells(
    place: Place, title: str, description: str, unit: Unit, query: Query, *, axis: Unit, no_data: str
) -> heatmap.Panel:
    """A heat map: bars of time from left to right, a row for each series. `unit`: of cells, `axis`: of the rows."""
    shades = heat.HeatmapColorOptions(
        mode=heat.HeatmapColorMode.OPACITY, fill=DATA, scale=heat.HeatmapColorScale.EXPONENTIAL, exponent=0.5, steps=64
    )
    panel = heatmap.Panel().calculate(False).color(_built(shades)).cell_gap(1).show_legend()
    panel.y_axis(_built(heat.YAxisConfig(unit=axis.name, decimals=axis.decimals)))
    panel.cell_values(_built(heat.CellValues(unit=unit.name, decimals=unit.decimals)))
    panel.interval(BAR_INTERVAL).max_data_points(BARS_SHOWN)
    described(panel, place, title, description, unit, no_data)
    form = PromQueryFormat.HEATMAP if query.legend == "{{le}}" else PromQueryFormat.TIME_SERIES
    found: heatmap.Panel = asking(panel, [query], form, at_end=False)
    return found


class _Built:
    def __init__(self, found: Any) -> None:
        self._found = found

    def build(self) -> Any:
        return self._found


def _built(found: Any) -> Any:
    """What the SDK takes where it expects a builder."""
    return _Built(found)


def course_of_states(
    place: Place, title: str, description: str, query: Query, mappings: Sequence[ValueMapping], *, no_data: str
) -> timeline.Panel:
    """The state at each moment, as a band for each series; equal neighbors are one."""
    panel = timeline.Panel().merge_values(True).show_value(shapes.VisibilityMode.NEVER).row_height(0.9)
    panel.mappings(list(mappings)).color_scheme(fixed(GREY)).fill_opacity(80).line_width(0).interval("5m")
    panel.legend(common.VizLegendOptions().display_mode(shapes.LegendDisplayMode.LIST).show_legend(True)
                 .placement(shapes.LegendPlacement.BOTTOM).calcs([]))  # fmt: skip
    described(panel, place, title, description, COUNT, no_data)
    found: timeline.Panel = asking(panel, [query], PromQueryFormat.TIME_SERIES, at_end=False)
    return found
