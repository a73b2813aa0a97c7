"""Tables: a row for each label set, a column for each query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    MatcherConfig,
    ValueMapping,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.generator.panels import COUNT, Place, Query, Unit, asking, by_value, described, fixed
from grafana.generator.words import DATA, TEXT, color

MOST_ROWS = 20
NOTHING = "–"
HIDDEN = "hidden"
"""As a column's title: the column is not shown."""


class Column(NamedTuple):
    """A column of figures. `is_gauge`: its cells are bars from 0 to 1. `mappings`: of values to words and colors.

    `width`: in pixels, else what is left.
    """

    name: str
    unit: Unit = COUNT
    is_gauge: bool = False
    mappings: Sequence[ValueMapping] = ()
    steps: Sequence[tuple[float | None, str]] = ()
    width: int | None = None


def rows(
    place: Place,
    title: str,
    description: str,
    labels: Mapping[str, str],
    columns: Sequence[tuple[str, Column]],
    *,
    no_data: str,
    sort_by: str,
    words: Mapping[str, Sequence[ValueMapping]] | None = None,
    links: Mapping[str, tuple[str, str]] | None = None,
    widths: Mapping[str, int] | None = None,
    descending: bool = True,
) -> table.Panel:
    """A row for each label set, the first twenty by a column.

    `labels`: their titles, in order; `HIDDEN` hides one. `columns`: a query with these labels for each column; a column
    that is `HIDDEN` brings labels alone. `words`: mappings of labels' values, by the title; `links`: titles and
    addresses for the cells of a column; `widths`: of columns of labels, in pixels.
    """
    panel = table.Panel().show_header(True).cell_height(shapes.TableCellHeight.SM).min_width(70)
    panel.cell_options(shapes.TableAutoCellOptions()).color_scheme(fixed(TEXT))
    panel.sort_by([common.TableSortByFieldState().display_name(sort_by).desc(descending)])
    described(panel, place, title, description, COUNT, no_data)
    asking(panel, [Query(expr) for expr, _ in columns], PromQueryFormat.TABLE, at_end=True)
    values = _values([column.name for _, column in columns])
    panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
    for transformation in _arranged(labels, values, sort_by, descending=descending):
        panel.with_transformation(transformation)
    for name, mappings in (words or {}).items():
        panel.override_by_name(name, [DynamicConfigValue(id_val="mappings", value=list(mappings))])
    for name, width in (widths or {}).items():
        panel.override_by_name(name, [_property("custom.width", width)])
    for name, (said, url) in (links or {}).items():
        link = {"title": said, "url": url, "targetBlank": True}
        panel.override_by_name(name, [DynamicConfigValue(id_val="links", value=[link])])
    for _, column in columns:
        if column.name != HIDDEN:
            panel.with_override(MatcherConfig(id_val="byName", options=column.name), _look(column))
    return panel


def _values(names: Sequence[str]) -> dict[str, str]:
    """The titles of the columns with figures, by the names that Grafana gives them."""
    if len(names) == 1:
        return {"Value": names[0]}
    return {f"Value #{letter}": name for letter, name in zip(ascii_uppercase, names, strict=False)}


def _arranged(
    labels: Mapping[str, str], values: Mapping[str, str], sort_by: str, *, descending: bool
) -> list[DataTransformerConfig]:
    """Name and order the columns, and keep the first rows."""
    titles = {**labels, **values}
    order = [name for name, title in titles.items() if title != HIDDEN]
    hidden = ["Time", *(name for name, title in titles.items() if title == HIDDEN)]
    sort = {"fields": {}, "sort": [{"field": sort_by, "desc": descending}]}
    return [
        DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": dict.fromkeys(hidden, True),
                "indexByName": {name: place for place, name in enumerate(order)},
                "renameByName": {name: titles[name] for name in order},
            },
        ),
        DataTransformerConfig(id_val="sortBy", options=sort),
        DataTransformerConfig(id_val="limit", options={"limitField": MOST_ROWS}),
    ]


def _look(column: Column) -> list[DynamicConfigValue]:
    found: list[DynamicConfigValue] = [
        DynamicConfigValue(id_val="unit", value=column.unit.name),
        DynamicConfigValue(id_val="decimals", value=column.unit.decimals),
        _property("noValue", NOTHING),  # else each empty cell had the panel's sentence
    ]
    if column.width is not None:
        found.append(_property("custom.width", column.width))
    if column.is_gauge:
        look: dict[str, Any] = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
        found += [_cells(look), _property("min", 0), _property("max", 1), color(DATA)]
    if column.mappings or column.steps:
        found.append(_cells({"type": "color-text"}))
    if column.mappings:
        found.append(_property("mappings", list(column.mappings)))
    if column.steps:
        found += by_value(*column.steps)
    return found


def _cells(look: dict[str, Any]) -> DynamicConfigValue:
    return DynamicConfigValue(id_val="custom.cellOptions", value=look)


def _property(name: str, value: Any) -> DynamicConfigValue:
    return DynamicConfigValue(id_val=name, value=value)
