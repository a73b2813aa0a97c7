"""Dashboard "team": what all machines of a store cost, which accounts run into limits, and who is seen.

An account's figures are shown by every machine that uses it: never summed over machines. Graphs of many machines show
bands and counts, no line for each.
"""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import FieldColorModeId

from grafana.generator.board import MODEL, Board, Row
from grafana.generator.looks import by_model, colored, in_hues
from grafana.generator.panels import (
    COUNT,
    MONEY,
    SHARE,
    SPAN,
    TOKENS,
    Query,
    bars,
    figure,
    lines,
)
from grafana.generator.shared import top_of_range
from grafana.generator.tables import Column, rows
from grafana.generator.team_machines import ARE_ALL_WELL, NOTHING_SENT, WHO_USES_IT
from grafana.generator.words import AMBER, DATA, GREY, RED, STATES, WINDOWS, color, mapped

_FULLEST = "max by (account) (FRESH(window_utilization_ratio))"
_BANDS = (
    ("below 50 %", "< 0.5", GREY),
    ("50 to 80 %", ">= 0.5 < 0.8", DATA),
    ("80 to 95 %", ">= 0.8 < 0.95", AMBER),
    ("95 % and more", ">= 0.95", RED),
)

WHAT_IT_COSTS = [
    figure(
        (0, 1, 6, 4),
        "Cost",
        "At list price, an estimate; next to it the range of equal length before.",
        MONEY,
        Query("sum(TOTAL(cost_usd_total))", "this range"),
        Query("sum(BEFORE(cost_usd_total))", "range before"),
        no_data=NOTHING_SENT,
    ),
    figure(
        (6, 1, 6, 4),
        "Tokens",
        "Of every type; most are cache reads.",
        TOKENS,
        Query("sum(TOTAL(tokens_total))", "this range"),
        Query("sum(BEFORE(tokens_total))", "range before"),
        no_data=NOTHING_SENT,
    ),
    figure(
        (12, 1, 4, 4),
        "People active",
        "Who asked something in this range; all models.",
        COUNT,
        Query("count(sum by (user) (TOTAL(prompts_total)) > 0)", "people"),
        no_data=NOTHING_SENT,
    ),
    figure(
        (16, 1, 4, 4),
        "At work now",
        "People with a session that works now.",
        COUNT,
        Query('count(sum by (user) (sessions{state="busy"}) > 0)', "people"),
        no_data="Nobody works now",
    ),
    figure(
        (20, 1, 4, 4),
        "Machines seen",
        "Trackers that sent something in this range, and in the last ten minutes.",
        COUNT,
        Query("count(count by (tracker) (last_over_time(build_info[$__range])))", "in this range"),
        Query("count(count by (tracker) (last_over_time(build_info[10m])))", "now"),
        no_data=NOTHING_SENT,
    ),
]

WHICH_TEAMS = [
    bars(
        (0, 6, 12, 9),
        "Cost over time by team",
        "The ten most expensive teams, from bar to bar.",
        MONEY,
        Query(
            f"sum by (team) (STEPS(cost_usd_total)) and on (team) {top_of_range('team', 'cost_usd_total')}", "{{team}}"
        ),
        no_data=NOTHING_SENT,
    ).override_by_query("A", [color(DATA, FieldColorModeId.SHADES)]),
    in_hues(
        bars(
            (12, 6, 12, 9),
            "Cost over time by model",
            "Cost at list price, from bar to bar.",
            MONEY,
            *by_model("sum by (model) (STEPS(cost_usd_total{MODEL}))"),
            no_data=NOTHING_SENT,
        )
    ),
    rows(
        (0, 15, 24, 8),
        "Teams",
        "Everything about the twenty most expensive teams in this range.",
        {"team": "Team"},
        [
            ("topk(20, sum by (team) (TOTAL(cost_usd_total)) > 0)", Column("Cost", MONEY)),
            ("sum by (team) (BEFORE(cost_usd_total))", Column("Range before", MONEY)),
            (
                "sum by (team) (TOTAL(cost_usd_total)) / on () group_left () (sum(TOTAL(cost_usd_total)) > 0)",
                Column("Share", SHARE, is_gauge=True),
            ),
            ("sum by (team) (TOTAL(tokens_total)) > 0", Column("Tokens", TOKENS)),
            ("sum by (team) (TOTAL(prompts_total)) > 0", Column("Prompts", COUNT)),
            ("count by (team) (sum by (team, user) (TOTAL(prompts_total)) > 0)", Column("People", COUNT)),
        ],
        no_data=NOTHING_SENT,
        sort_by="Cost",
    ),
]

WHICH_ACCOUNTS = [
    colored(
        lines(
            (0, 24, 10, 9),
            "Accounts by their fullest window",
            "How many accounts have used how much of the window that is fullest.",
            COUNT,
            *(Query(f"count({_FULLEST} {condition})", name) for name, condition, _ in _BANDS),
            no_data="No account has reported its usage",
            is_stacked=True,
            is_stepped=True,
        ),
        [(name, hue) for name, _, hue in _BANDS],
    ),
    rows(
        (10, 24, 14, 9),
        "Nearest their limit",
        "The twenty windows that are fullest, by the latest report of any machine.",
        {"account": "Account", "window": "Window"},
        [
            ("topk(20, FRESH(window_utilization_ratio))", Column("Used", SHARE, is_gauge=True, width=90)),
            ("STATE", Column("State", COUNT, mappings=mapped(STATES), width=95)),
            ("floor(FRESH(window_runs_out_timestamp_seconds) - time()) > 0", Column("Runs out in", SPAN)),
            ("floor(FRESH(window_reset_timestamp_seconds) - time()) > 0", Column("Resets in", SPAN)),
        ],
        no_data="No account has reported its usage",
        sort_by="Used",
        words={"Window": mapped(WINDOWS)},
        widths={"Account": 95, "Window": 100},
    ),
    rows(
        (0, 33, 24, 7),
        "Limits reached by account",
        "In this range, as the machine saw it that saw most: each limit once, and how long requests were refused.",
        {"account": "Account"},
        [
            (
                "sum by (account) (max by (account, window) (TOTAL(limit_hits_total))) > 0",
                Column("Limits reached", COUNT),
            ),
            (
                "sum by (account) (max by (account, window) (TOTAL(locked_out_seconds_total))) > 0",
                Column("Locked out", SPAN),
            ),
            (
                "count by (account) (count by (account, user) (last_over_time(account_info[$__range])))",
                Column("People", COUNT),
            ),
        ],
        no_data="No limit was reached in this range",
        sort_by="Limits reached",
    ),
]

BOARD = Board(
    "team",
    "Claude: team",
    "Shows what all machines of a store cost by team, which accounts run into limits, and which trackers are seen.",
    "now-30d",
    (
        Row(0, "What does it cost?", WHAT_IT_COSTS),
        Row(5, "Which teams, and when?", WHICH_TEAMS),
        Row(23, "Which accounts run into limits?", WHICH_ACCOUNTS),
        Row(40, "Who uses it?", WHO_USES_IT),
        Row(49, "Are all trackers well?", ARE_ALL_WELL),
    ),
    (MODEL,),
    is_of_many=True,
)
