"""Dashboard "blocks and limits": official windows and the current block."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard, timeseries

from grafana.generator.board import Row, build_dashboard
from grafana.generator.panels import (
    BARS,
    NO_READING,
    STEPS,
    THRESHOLDS,
    Column,
    Panel,
    Placed,
    over_time,
    rows,
    unit,
    value,
    with_thresholds,
)
from grafana.generator.queries import (
    OBSERVED,
    Query,
    account_increase,
    account_total,
    in_range,
    latest,
    named,
    of,
    until_reset,
    utilization,
)

NO_BLOCK = "no active block"
FEW_WINDOWS = "fewer than three full windows so far"
ACCOUNT_COLUMNS = {"name": "Account", "window": "Window"}
LENGTHS = (("five_hour", 5 * 3600), ("seven_day.*", 7 * 86400))


def pace() -> str:
    """The projected share at the reset, at the pace since the window started."""
    parts = []
    for names, length in LENGTHS:
        window = f'window=~"{names}"'
        parts.append(f"{utilization(window)} / (1 - clamp_max({until_reset(window)} / {length}, 0.99))")
    return " or ".join(parts)


def is_locked_out() -> str:
    """1 for each window whose limit is reached, 0 for others with a reading."""
    return f"max by (account, window) ({of('locked_out')}) == 1 or {utilization()} * 0"


def windows_over_time(number: int) -> timeseries.Panel:
    panel = over_time(
        number,
        "Limit usage over time",
        "Share of each official window that is used, from its latest reading; dashed: your warning thresholds.",
        "percentunit",
        Query(named(utilization()), "{{window}} {{name}}"),
        *THRESHOLDS,
        no_data=NO_READING,
    )
    return with_thresholds(panel.max(1))


def block_value(number: int, title: str, description: str, unit_id: str, expr: str) -> tuple[int, Panel]:
    return 4, value(number, title, description, unit_id, Query(expr, title), no_data=NO_BLOCK, sparkline=True)


def windows_row() -> Placed:
    return [
        (11, windows_over_time(1)),
        (
            13,  # with several accounts it has seven columns
            rows(
                2,
                "Limits by account",
                "Windows of each account. The projection uses the pace since the window started.",
                ACCOUNT_COLUMNS,
                [
                    (Query(named(utilization())), Column("Used", "percentunit", 0, is_gauge=True)),
                    (Query(named(until_reset())), Column("Resets in", "s")),
                    (Query(named(pace())), Column("Projected", "percentunit", 0)),
                    (Query(named(is_locked_out())), Column("Locked out", "bool_yes_no")),
                    (Query(named(f"time() - {latest(OBSERVED)}")), Column("Reading age", "s")),
                ],
                no_data=NO_READING,
                sort_by="Used",
            ),
        ),
    ]


def ahead_row() -> Placed:
    return [
        (
            10,
            over_time(
                3,
                "Projected usage at the reset",
                "Share used at the reset, at the pace since the window started; above 100 % it does not last.",
                "percentunit",
                Query(named(pace()), "{{window}} {{name}}"),
                no_data=NO_READING,
            ).max(2),
        ),
        (
            8,
            over_time(
                4,
                "Limits reached and raised",
                "How often each limit was reached, and how often Claude raised it or reset it early.",
                "short",
                Query(named(account_increase("limit_hits_total")), "{{window}} {{name}} reached"),
                Query(named(account_increase("limit_raised_total")), "{{window}} {{name}} raised"),
                no_data="no limit reached so far",
                draw=BARS,
                stacked=True,
            )
            .decimals(0)
            .max_data_points(STEPS),
        ),
        (
            6,
            value(
                5,
                "In this range",
                "Limits reached and raised, time locked out (counted when it is over), and 5-hour blocks that ended.",
                "short",
                Query(account_total("limit_hits_total"), "limits reached", instant=True),
                Query(account_total("limit_raised_total"), "limits raised", instant=True),
                Query(account_total("locked_out_seconds_total"), "locked out", instant=True),
                Query(in_range("blocks_total"), "blocks", instant=True),
                no_data="none",
            ).override_by_name("locked out", unit("s")),
        ),
    ]


def week_row() -> Placed:
    return [
        (
            16,
            over_time(
                14,
                "Full 5-hour windows left this week",
                "The week's unused share, divided by what a full 5-hour window costs of it.",
                "short",
                Query(named(f"min by (account) ({of('week_windows_left')})"), "{{name}}"),
                no_data=FEW_WINDOWS,
            ).decimals(1),
        ),
        (
            8,
            value(
                15,
                "Cost of a full 5-hour window",
                "As a share of the week's limit: the median of full windows that were measured from start to end.",
                "percentunit",
                Query(named(f"avg by (account) ({of('week_window_cost_ratio')})"), "{{name}}"),
                no_data=FEW_WINDOWS,
                sparkline=True,
            ),
        ),
    ]


def figures_row() -> Placed:
    return [
        block_value(
            6,
            "Time left",
            "Until the block ends, on the machine whose block ends last.",
            "s",
            f"max({of('block_remaining_seconds')})",
        ),
        block_value(7, "Tokens", "Used in the current block, on all machines.", "short", f"sum({of('block_tokens')})"),
        block_value(
            8, "Cost", "Cost of the current block, by list price.", "currencyUSD", f"sum({of('block_cost_usd')})"
        ),
        block_value(
            9,
            "Projected cost",
            "At the end of the block, at the pace of the last 30 minutes; an estimate.",
            "currencyUSD",
            f"sum({of('block_projected_cost_usd')})",
        ),
        block_value(
            10,
            "Tokens per minute",
            "Mean of the last 30 minutes.",
            "short",
            f"60 * sum({of('block_burn_tokens_per_second')})",
        ),
        block_value(
            11,
            "Efficiency",
            "Share of the block's time within five minutes after a response, on the busiest machine.",
            "percentunit",
            f"max({of('block_efficiency_ratio')})",
        ),
    ]


def block_row() -> Placed:
    return [
        (
            12,
            over_time(
                12,
                "Block tokens by model",
                "Tokens used in the current block.",
                "short",
                Query(f"sum by (model) ({of('block_tokens')})", "{{model}}"),
                no_data=NO_BLOCK,
                stacked=True,
            ),
        ),
        (
            12,
            over_time(
                13,
                "Block projection",
                "Tokens so far and projected for the block's end; your own limit or the estimated one (cost-weighted).",
                "short",
                Query(f"sum by (instance) ({of('block_tokens')})", "so far {{instance}}"),
                Query(f"max by (instance) ({of('block_projected_tokens')})", "projected {{instance}}"),
                Query(f"max by (instance, basis) ({of('block_token_limit')})", "limit ({{basis}}) {{instance}}"),
                no_data=NO_BLOCK,
            ),
        ),
    ]


def board() -> dashboard.Dashboard:
    return build_dashboard(
        "limits",
        "Claude: blocks and limits",
        "Official windows, the current block, and limits reached.",
        "now-7d",
        [
            Row(101, "Windows", 9, windows_row()),
            Row(102, "Projection and history", 8, ahead_row()),
            Row(105, "Week in 5-hour windows", 6, week_row()),
            Row(103, "Current block", 4, figures_row()),
            Row(104, "Block over time", 8, block_row()),
        ],
    )
