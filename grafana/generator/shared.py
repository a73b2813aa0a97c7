"""Panels that stand on more than one dashboard, so that they show the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from grafana.generator.looks import colored, dotted
from grafana.generator.panels import (
    COUNT,
    SHARE,
    SPAN,
    WHOLE_SPAN,
    Place,
    Query,
    by_value,
    figure,
    lines,
    linked,
    ranking,
)
from grafana.generator.tables import HIDDEN, Column, rows
from grafana.generator.words import (
    AMBER,
    DATA,
    RED,
    SESSION_STATES,
    STATES,
    TEXT,
    WINDOWS,
    mapped,
    renamed,
    renamed_windows,
    window_colors,
)

NO_REPORT = "No usage report yet. Run: claude-tracker setup statusline"
NOT_SCANNED = "Sessions are not scanned"
_BY_ACCOUNT = {"window": "Window", "name": "Account", "account": HIDDEN}
_RUNS_OUT_SOON: Sequence[tuple[float | None, str]] = ((None, RED), (1_800, AMBER))
_STATE_COLORS = [("Working", DATA), ("Waits for you", AMBER), ("Idle", TEXT), ("Unknown", TEXT)]


def top_of_range(label: str, counter: str) -> str:
    """The ten values of a label for which most was counted in the range, the same at each of its steps."""
    return (
        f"topk(10, sum by ({label}) (last_over_time({counter}[$__range] @ end())"
        f" - (last_over_time({counter}[3d] offset $__range @ end())"
        f" or min_over_time({counter}[$__range] @ end()))))"
    )


def with_window_looks(panel: Any) -> Any:
    """Windows in the legend get their names and colors."""
    return colored(with_window_names(panel), window_colors())


def with_window_names(panel: Any) -> Any:
    """Windows in the legend get their names."""
    for transformation in renamed_windows():
        panel.with_transformation(transformation)
    return panel


def with_names(panel: Any, names: dict[str, str]) -> Any:
    """Series get names for people."""
    for transformation in renamed(names):
        panel.with_transformation(transformation)
    return panel


def windows_now(place: Place, *, is_full: bool) -> Any:
    """Each window of each account now. `is_full`: with everything that is known of it, the one that runs out first."""
    columns = [
        ("NAMED(FRESH(window_utilization_ratio))", Column("Used", SHARE, is_gauge=True, width=95)),
        ("NAMED(STATE)", Column("State", COUNT, mappings=mapped(STATES), width=85)),
        ("NAMED(FRESH(window_projected_ratio))", Column("By the reset", SHARE, width=120 if is_full else 100)),
        ("NAMED(ELAPSED)", Column("Elapsed", SHARE, width=70)),
        ("NAMED(floor(FRESH(window_reset_timestamp_seconds) - time()) > 0)", Column("Resets in", SPAN)),
    ]
    said = "used, projected, and how much of its time has passed; used above elapsed means faster than even."
    description = f"Each official window: {said}"
    if is_full:
        columns += [
            ("NAMED(floor(FRESH(window_runs_out_timestamp_seconds) - time()) > 0)", Column("Runs out in", SPAN)),
            ("NAMED(FRESH(window_elsewhere_ratio))", Column("Used elsewhere", SHARE)),
            ("NAMED(time() - FRESH(window_observed_timestamp_seconds))", Column("Report age", WHOLE_SPAN)),
        ]
        description = "Each official window with its projection; report age is how long ago Claude last reported it."
    return rows(
        place,
        "Windows now",
        description,
        _BY_ACCOUNT,
        columns,
        no_data=NO_REPORT,
        sort_by="By the reset" if is_full else "Used",
        words={"Window": mapped(WINDOWS)},
        widths={"Window": 95, "Account": 75},
    )


def windows_over_time(place: Place, description: str) -> Any:
    """The used share of each window, and the user's own thresholds."""
    threshold = (
        'min(alert_threshold{{alert="window_utilization_ratio", severity="{}"}}) and count(window_utilization_ratio)'
    )
    panel = lines(
        place,
        "Limit usage over time",
        description,
        SHARE,
        *of_accounts("NAMED(FRESH(window_utilization_ratio))"),
        Query(threshold.format("warning"), "warns at"),
        Query(threshold.format("critical"), "critical at"),
        no_data="No usage report in this range",
    )
    return dotted(thin_others(with_window_looks(panel.axis_soft_max(1))), "warns at", "critical at")


def of_accounts(expr: str) -> tuple[Query, Query]:
    """A query for the account whose windows are fullest, and one for the next three."""
    return Query(f"TOP1({expr})", "{{window}} {{name}}"), Query(f"NEXT3({expr})", "{{window}} {{name}}")


def thin_others(panel: Any) -> Any:
    """Draw the second query of `of_accounts` thin, so that windows of two accounts differ."""
    return panel.override_by_query("B", [DynamicConfigValue(id_val="custom.lineWidth", value=1)])


def runs_out_in(place: Place) -> Any:
    first = "min by (account) (floor(FRESH(window_runs_out_timestamp_seconds) - time()) > 0)"
    return figure(
        place,
        "Runs out in",
        "Time until the first window is used up at the present pace.",
        SPAN,
        Query(f"bottomk(3, NAMED({first}))", "{{name}}"),
        no_data="Not before a reset, or not known",
        steps=_RUNS_OUT_SOON,
    )


def sessions_now(place: Place, description: str, states: str) -> Any:
    """Running sessions by state. `states`: a matcher of those that count, or nothing."""
    panel = figure(
        place,
        "Sessions now",
        description,
        COUNT,
        Query(f"sum by (state) (sessions{states})", "{{state}}"),
        no_data=NOT_SCANNED,
    )
    with_names(panel, SESSION_STATES).override_by_name(SESSION_STATES["waiting"], by_value((None, TEXT), (1, AMBER)))
    return linked(panel, "Sessions on the tracker's page", "${page}")


def longest_wait(place: Place, description: str) -> Any:
    return figure(
        place,
        "Longest wait",
        description,
        WHOLE_SPAN,
        Query("floor(max(session_waiting_seconds))", "wait"),
        no_data=NOT_SCANNED,
        steps=((None, TEXT), (1, AMBER)),
        mappings=mapped({"0": "No session waits"}),
    )


def sessions_over_time(place: Place, states: str) -> Any:
    panel = lines(
        place,
        "Sessions over time",
        "Running sessions by state.",
        COUNT,
        Query(f"sum by (state) (sessions{states})", "{{state}}"),
        no_data=NOT_SCANNED,
        is_stacked=True,
        is_stepped=True,
    )
    return colored(with_names(panel, SESSION_STATES), _STATE_COLORS)


def budgets_used(place: Place, most: int, description: str) -> Any:
    return ranking(
        place,
        "Budgets used",
        description,
        SHARE,
        Query(f"topk({most}, max by (budget) (budget_used_ratio))", "{{budget}}"),
        no_data="No budget set",
        highest=1,
        steps=((None, DATA), (0.8, AMBER), (1, RED)),
    )


def behind_by(place: Place, *queries: Query) -> Any:
    return figure(
        place,
        "Behind by",
        "Age of the oldest transcript line not yet read, by the tracker's own clock.",
        WHOLE_SPAN,
        *queries,
        no_data="No tracker answers",
        steps=((None, TEXT), (300, AMBER)),
        mappings=mapped({"0": "All read"}),
    )
