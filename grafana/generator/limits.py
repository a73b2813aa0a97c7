"""Dashboard "limits": every window of every account, lock-outs, the running 5-hour window, and the rest of the week."""

from __future__ import annotations

from grafana.generator.board import ACCOUNT, Board, Row
from grafana.generator.looks import by_model, colored, dashed, in_hues
from grafana.generator.panels import (
    AXIS_SPAN,
    COUNT,
    DOLLARS,
    MONEY,
    SHARE,
    SPAN,
    TOKENS,
    Query,
    bars,
    course_of_states,
    figure,
    lines,
    ranking,
)
from grafana.generator.shared import (
    of_accounts,
    thin_others,
    windows_now,
    windows_over_time,
    with_names,
    with_window_looks,
)
from grafana.generator.tables import HIDDEN, Column, rows
from grafana.generator.words import AMBER, DATA, RED, SURFACES, TEXT, VERDICTS, WINDOWS, mapped

NO_BLOCK = "No block is running"
FEW_WINDOWS = "Not enough full windows seen yet"
NOT_REACHED = "No limit reached in this range"
MACHINE = "user, host, job, instance"

HOW_FULL = [
    windows_now((0, 1, 24, 8), is_full=True),
    windows_over_time(
        (0, 9, 12, 9),
        "The used share by Claude's usage reports, and your own thresholds. A fall without a reset is a raised limit.",
    ),
    thin_others(
        with_window_looks(
            lines(
                (12, 9, 12, 9),
                "Projected share at the reset",
                "Where each window would stand at its reset, as projected at each moment; above 100 % it runs out.",
                SHARE,
                *of_accounts("NAMED(FRESH(window_projected_ratio))"),
                no_data="No projection in this range",
            )
            .min(0)
            .axis_soft_max(2)
        )
    ),
]

WHEN_LOCKED_OUT = [
    course_of_states(
        (0, 19, 24, 4),
        "Verdict over time",
        "The verdict at each moment; grey: limits not known or too early; a gap: no tracker ran.",
        Query("TOP4(NAMED(VERDICT))", "Limits {{name}}"),
        mapped(VERDICTS),
        no_data="No tracker ran in this range",
    ),
    rows(
        (0, 23, 8, 7),
        "Limits reached in this range",
        "How often each limit was reached, how long you were locked out (lock-outs that are over), and how often Claude"
        " raised it.",
        {"window": "Window", "name": "Account", "account": HIDDEN},
        [
            ("NAMED(max by (account, window) (TOTAL(limit_hits_total))) > 0", Column("Reached", width=95)),
            ("NAMED(max by (account, window) (TOTAL(locked_out_seconds_total))) > 0", Column("Locked out", SPAN)),
            ("NAMED(max by (account, window) (TOTAL(limit_raised_total))) > 0", Column("Raised", width=65)),
        ],
        no_data="No limit reached in this range",
        sort_by="Reached",
        words={"Window": mapped(WINDOWS)},
        widths={"Window": 80, "Account": 65},
    ),
    with_window_looks(
        bars(
            (8, 23, 8, 7),
            "Limits reached over time",
            "Limits reached, by window, from bar to bar.",
            COUNT,
            Query("sum by (window) (max by (account, window) (STEPS(limit_hits_total)))", "{{window}}"),
            no_data=NOT_REACHED,
        )
    ),
    with_window_looks(
        bars(
            (16, 23, 8, 7),
            "Time locked out",
            "From a limit reached until work went on, booked when it is over; two windows at once count in both.",
            AXIS_SPAN,
            Query("sum by (window) (max by (account, window) (STEPS(locked_out_seconds_total)))", "{{window}}"),
            no_data=NOT_REACHED,
        )
    ),
]

_PACE = "sum(3600 * (block_projected_cost_usd - block_cost_usd) / (block_remaining_seconds > 60))"
_OF_LIMIT = (
    f'max(sum by ({MACHINE}) (block_tokens) / on ({MACHINE}) block_token_limit{{basis="custom"}}'
    f' or block_weighted_tokens / on ({MACHINE}) block_token_limit{{basis="official_calibrated"}})'
)

RUNNING_BLOCK = [
    figure(
        (0, 31, 4, 4),
        "Block ends in",
        "Until the running 5-hour window (block) ends.",
        SPAN,
        Query("floor(max(block_remaining_seconds))", "left"),
        no_data=NO_BLOCK,
    ),
    figure(
        (4, 31, 4, 4),
        "Block cost",
        "Cost of the running block so far, at list price, of the account that answered last.",
        MONEY,
        Query("sum(block_cost_usd)", "so far"),
        no_data=NO_BLOCK,
    ),
    figure(
        (8, 31, 4, 4),
        "Block projection",
        "Its cost at its end by the pace of the last 30 minutes.",
        DOLLARS,
        Query("sum(block_projected_cost_usd)", "projected"),
        no_data=NO_BLOCK,
    ),
    figure(
        (12, 31, 4, 4),
        "Pace (an hour)",
        "Cost an hour by the last 30 minutes.",
        MONEY,
        Query(_PACE, "an hour"),
        no_data=NO_BLOCK,
    ),
    figure(
        (16, 31, 4, 4),
        "Block limit used",
        "Tokens of the block against the limit you set, else (cost-weighted) the size estimated from usage reports.",
        SHARE,
        Query(_OF_LIMIT, "used"),
        no_data="No block, or no limit known",
    ),
    figure(
        (20, 31, 4, 4),
        "Active share",
        "Share of its elapsed time within five minutes after a response.",
        SHARE,
        Query("max(block_efficiency_ratio)", "active"),
        no_data=NO_BLOCK,
    ),
    dashed(
        colored(
            lines(
                (0, 35, 12, 8),
                "Block cost over time",
                "The saw-tooth of the 5-hour windows, and what each would have cost at its end.",
                MONEY,
                Query("sum(block_cost_usd)", "so far"),
                Query("sum(block_projected_cost_usd)", "projected"),
                no_data="No block in this range",
            ),
            [("so far", TEXT), ("projected", DATA)],
        ),
        "projected",
    ),
    in_hues(
        lines(
            (12, 35, 12, 8),
            "Block tokens by model",
            "Tokens of every type in the running block.",
            TOKENS,
            *by_model("sum by (model) (block_tokens{MODEL})"),
            no_data="No block in this range",
            is_stacked=True,
        )
    ),
]

REST_OF_WEEK = [
    figure(
        (0, 44, 4, 8),
        "Full 5-hour windows left",
        "How many full 5-hour windows the rest of the week holds, by what such windows took so far.",
        TOKENS,
        Query("bottomk(3, NAMED(min by (account) (week_windows_left)))", "{{name}}"),
        no_data=FEW_WINDOWS,
    ),
    lines(
        (4, 44, 8, 8),
        "A full window takes of the week",
        "The share of the week that a full 5-hour window takes (median); a rise means smaller weeks.",
        SHARE,
        Query(
            "NAMED(max by (account) (week_window_cost_ratio)) and on (account)"
            " topk(4, max by (account) (last_over_time(week_window_cost_ratio[$__range] @ end())))",
            "Share of the week {{name}}",
        ),
        no_data=FEW_WINDOWS,
    ),
    with_names(
        ranking(
            (12, 44, 6, 8),
            "Week by surface",
            "Where the week's use came from, by Claude's own report (Code, chats, Cowork, other).",
            SHARE,
            Query("topk(10, NAMED(max by (account, surface) (week_surface_ratio)))", "{{surface}} {{name}}"),
            no_data="Not reported by Claude",
        ),
        SURFACES,
    ),
    ranking(
        (18, 44, 6, 8),
        "Credits used",
        "Extra usage of the month against its limit.",
        SHARE,
        Query(
            "topk(5, NAMED(max by (account, currency) (credits_used)"
            " / (max by (account, currency) (credits_limit) > 0)))",
            "{{currency}} {{name}}",
        ),
        no_data="No extra usage on this account",
        highest=1,
        steps=((None, DATA), (0.8, AMBER), (1, RED)),
    ),
]

BOARD = Board(
    "limits",
    "Claude: limits and blocks",
    "Shows every window of every account, how it got there, when you were locked out, and what the running 5-hour"
    " window will use.",
    "now-7d",
    (
        Row(0, "How full is each window, and does it last?", HOW_FULL),
        Row(18, "When was I locked out?", WHEN_LOCKED_OUT),
        Row(30, "What will the running block use?", RUNNING_BLOCK),
        Row(43, "What does the week still hold?", REST_OF_WEEK),
    ),
    (ACCOUNT,),
)
