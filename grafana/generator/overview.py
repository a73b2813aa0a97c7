"""Dashboard "overview": in ten seconds, whether the limits last, what needs you, what it costs, and what is wrong."""

from __future__ import annotations

from grafana.generator.board import ACCOUNT, Board, Row
from grafana.generator.looks import by_model, in_hues
from grafana.generator.panels import (
    CLOCK,
    COUNT,
    DOLLARS,
    MONEY,
    SHARE,
    Query,
    bars,
    figure,
    linked,
    ranking,
)
from grafana.generator.shared import (
    behind_by,
    budgets_used,
    longest_wait,
    runs_out_in,
    sessions_now,
    sessions_over_time,
    windows_now,
    windows_over_time,
    with_window_names,
)
from grafana.generator.tables import Column, rows
from grafana.generator.words import ALERTS, AMBER, NOT_KNOWN, RED, VERDICTS, WINDOWS, mapped

NO_USAGE = "No usage in this range"
AT_WORK = '{state=~"busy|waiting|idle"}'
LIMITS, USAGE = "/d/claude-tracker-limits", "/d/claude-tracker-usage"
_ANSWERING = "up and on (job, instance) last_over_time(build_info[$__range])"
_A_WEEK_AGO = (
    "sum(clamp_min(last_over_time(cost_usd_total[3d] offset 1w)"
    " - last_over_time(cost_usd_total[3d] offset 1w${__range_s}s), 0))"
)
SEVERITIES = {"critical": ("Critical", RED), "warning": ("Warning", AMBER)}

WILL_I_MAKE_IT = [
    linked(
        figure(
            (0, 1, 8, 4),
            "Verdict",
            "Whether your limits last until their resets: the verdict of the tracker's page and the terminal.",
            COUNT,
            Query("topk(6, NAMED(VERDICT))", "{{name}}"),
            no_data=NOT_KNOWN,
            mappings=mapped(VERDICTS),
        ),
        "Limits",
        LIMITS,
    ),
    runs_out_in((8, 1, 4, 4)),
    with_window_names(
        figure(
            (12, 1, 4, 4),
            "Binding window",
            "The window that runs out first, not the fullest one.",
            COUNT,
            Query("topk(3, NAMED(FRESH(window_binding) == 1))", "{{window}} {{name}}"),
            no_data="None known",
            is_name=True,
        )
    ),
    figure(
        (16, 1, 4, 4),
        "Binding window resets",
        "When that window resets.",
        CLOCK,
        Query(
            "bottomk(3, NAMED(FRESH(window_reset_timestamp_seconds)"
            " and on (account, window) (FRESH(window_binding) == 1))) * 1000",
            "{{name}}",
        ),
        no_data="Not known",
    ),
    figure(
        (20, 1, 4, 4),
        "Used elsewhere",
        "Part of the share that use on these machines does not explain: web, phone, another machine.",
        SHARE,
        Query("topk(3, NAMED(max by (account) (FRESH(window_elsewhere_ratio))))", "{{name}}"),
        no_data="Not clear",
    ),
    windows_now((0, 5, 12, 7), is_full=False),
    windows_over_time((12, 5, 12, 7), "The used share by Claude's usage reports, and your own thresholds."),
]

SESSIONS = [
    sessions_now((0, 13, 8, 4), "Claude sessions that run now, by state.", AT_WORK),
    longest_wait((8, 13, 4, 4), "How long the session that has waited longest has waited for you."),
    sessions_over_time((12, 13, 12, 4), AT_WORK),
]

COST = [
    linked(
        figure(
            (0, 18, 4, 4),
            "Cost today",
            "Since midnight, at list price, an estimate; and the same part of the same weekday.",
            MONEY,
            Query("sum(TOTAL(cost_usd_total))", "today"),
            Query(_A_WEEK_AGO, "a week ago by now"),
            no_data="No usage today",
            since="now/d",
        ),
        "Usage and cost",
        f"{USAGE}?${{__url_time_range}}",
    ),
    figure(
        (4, 18, 4, 4),
        "Cost this week",
        "The current week by its official reset, at list price.",
        MONEY,
        Query("sum(week_cost_usd)", "so far"),
        Query("sum(week_projected_cost_usd)", "projected"),
        no_data="No tracker answers",
    ),
    figure(
        (8, 18, 4, 4),
        "Cost this month",
        "Since the 1st, at list price, from when this Prometheus has data: import the history for more.",
        MONEY,
        Query("sum(TOTAL(cost_usd_total))", "so far"),
        no_data="No usage this month",
        since="now/M",
    ),
    figure(
        (12, 18, 4, 4),
        "Projected month",
        "What the calendar month costs at its end, by the tracker's projection.",
        DOLLARS,
        Query("sum(month_projected_cost_usd)", "projected"),
        no_data="No tracker answers",
    ),
    budgets_used((16, 18, 8, 4), 5, "Used share of each budget you set."),
    linked(
        in_hues(
            bars(
                (0, 22, 16, 8),
                "Cost over time by model",
                "Cost at list price, from bar to bar.",
                MONEY,
                *by_model("sum by (model) (STEPS(cost_usd_total{MODEL}))"),
                no_data=NO_USAGE,
            )
        ),
        "Usage and cost",
        f"{USAGE}?${{__url_time_range}}",
    ),
    linked(
        ranking(
            (16, 22, 8, 8),
            "Cost by project",
            "The ten most expensive projects in this range, by the folder a session started in.",
            MONEY,
            Query("topk(10, sum by (project) (TOTAL(project_cost_usd_total)) > 0)", "{{project}}"),
            no_data=NO_USAGE,
        ),
        "This project on the tracker's page",
        "${page}/#/project/${__field.labels.project:percentencode}",
    ),
]

IS_ANYTHING_WRONG = [
    rows(
        (0, 31, 16, 5),
        "Active alerts",
        "Alerts that fire now, from the rules in prometheus/rules.",
        {"alertname": "Alert", "severity": "Severity", "window": "Window"},
        [
            (
                'count by (alertname, severity, window) (ALERTS{alertname=~"Claude.*", alertstate="firing"})',
                Column("Count"),
            )
        ],
        no_data="No active alerts",
        sort_by="Severity",
        descending=False,
        words={"Alert": mapped(ALERTS), "Severity": mapped(SEVERITIES), "Window": mapped(WINDOWS)},
    ),
    figure(
        (16, 31, 4, 5),
        "Trackers",
        "Trackers that answer Prometheus, of those that did in this range; pushed ones have no target: see Health.",
        COUNT,
        Query(f"sum({_ANSWERING})", "answer"),
        Query(f"count({_ANSWERING})", "asked"),
        no_data="No tracker is scraped",
    ),
    behind_by((20, 31, 4, 5), Query("floor(max(ingest_lag_seconds))", "behind")),
]

BOARD = Board(
    "overview",
    "Claude: overview",
    "Says in ten seconds whether the limits last, what needs you, what it costs and whether something is wrong.",
    "now-24h",
    (
        Row(0, "Will I make it?", WILL_I_MAKE_IT),
        Row(12, "Does a session need me?", SESSIONS),
        Row(17, "What does it cost?", COST),
        Row(30, "Is anything wrong?", IS_ANYTHING_WRONG),
    ),
    (ACCOUNT,),
)
