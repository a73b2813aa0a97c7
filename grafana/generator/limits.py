"""The windows that Claude counts by, and the running block."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard, timeseries

from grafana.generator.board import Row, laid
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
from grafana.generator.queries import Query, in_range, increase, largest, of, until_reset, utilization

NO_BLOCK = "no block runs"
LENGTHS = (("five_hour", 5 * 3600), ("seven_day.*", 7 * 86400))


def pace() -> str:
    """What share is used at the reset, if it goes on as since the window's beginning."""
    parts = []
    for names, length in LENGTHS:
        window = f'window=~"{names}"'
        parts.append(f"{utilization(window)} / (1 - clamp_max({until_reset(window)} / {length}, 0.99))")
    return " or ".join(parts)


def windows_over_time(number: int) -> timeseries.Panel:
    panel = over_time(
        number,
        "Windows used",
        "The used share of each official window by its freshest reading; dashed: from where on you are warned.",
        "percentunit",
        Query(utilization(), "{{window}} {{user}}"),
        *THRESHOLDS,
        no_data=NO_READING,
    )
    return with_thresholds(panel.max(1))


def block_value(number: int, title: str, description: str, unit_id: str, expr: str) -> tuple[int, Panel]:
    return 4, value(number, title, description, unit_id, Query(expr, title), no_data=NO_BLOCK, sparkline=True)


def board() -> dashboard.Dashboard:
    windows: Placed = [
        (14, windows_over_time(1)),
        (
            10,
            rows(
                2,
                "As of now",
                "Each account's windows; at the reset: by the pace since the window's beginning.",
                {"user": "User", "window": "Window"},
                [
                    (Query(utilization()), Column("Used", "percentunit", 0, is_gauge=True)),
                    (Query(until_reset()), Column("Resets in", "s")),
                    (Query(pace()), Column("At the reset", "percentunit", 0)),
                    (
                        Query(f"time() - {largest('window_observed_timestamp_seconds', by='user, window')}"),
                        Column("Read ago", "s"),
                    ),
                ],
                no_data=NO_READING,
                sort_by="Used",
            ),
        ),
    ]
    ahead: Placed = [
        (
            10,
            over_time(
                3,
                "At the reset",
                "The share used then, if it goes on as since the window's beginning; above 100 % it does not last.",
                "percentunit",
                Query(pace(), "{{window}} {{user}}"),
                no_data=NO_READING,
            ).max(2),
        ),
        (
            8,
            over_time(
                4,
                "Limits reached",
                "How often a limit was reached.",
                "short",
                Query(increase("limit_hits_total", by="window"), "{{window}}"),
                no_data="no limit was ever reached",
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
                "In this time",
                "Limits reached, time locked out by them, and five-hour blocks that are over.",
                "short",
                Query(in_range("limit_hits_total"), "limits reached", instant=True),
                Query(in_range("locked_out_seconds_total"), "locked out", instant=True),
                Query(in_range("blocks_total"), "blocks", instant=True),
                no_data="none",
            ).override_by_name("locked out", unit("s")),
        ),
    ]
    figures: Placed = [
        block_value(
            6,
            "Time left",
            "Until the block ends, of the machine whose block ends last.",
            "s",
            f"max({of('block_remaining_seconds')})",
        ),
        block_value(
            7, "Tokens", "Used in the running block, all machines together.", "short", f"sum({of('block_tokens')})"
        ),
        block_value(8, "Cost", "Of the running block, by list price.", "currencyUSD", f"sum({of('block_cost_usd')})"),
        block_value(
            9,
            "Cost at its end",
            "By the tokens of the last 30 minutes, an estimate.",
            "currencyUSD",
            f"sum({of('block_projected_cost_usd')})",
        ),
        block_value(
            10,
            "Tokens a minute",
            "The mean of the last 30 minutes.",
            "short",
            f"60 * sum({of('block_burn_tokens_per_second')})",
        ),
        block_value(
            11,
            "Efficiency",
            "The share of the block's time within five minutes after a response; of the busiest machine.",
            "percentunit",
            f"max({of('block_efficiency_ratio')})",
        ),
    ]
    block: Placed = [
        (
            12,
            over_time(
                12,
                "Tokens of the block",
                "By model.",
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
                "Where the block goes",
                "Tokens so far and by estimate at its end; and your own limit, or an estimated one (cost-weighted).",
                "short",
                Query(f"sum by (instance) ({of('block_tokens')})", "so far {{instance}}"),
                Query(f"max by (instance) ({of('block_projected_tokens')})", "at its end {{instance}}"),
                Query(f"max by (instance, basis) ({of('block_token_limit')})", "limit ({{basis}}) {{instance}}"),
                no_data=NO_BLOCK,
            ),
        ),
    ]
    return laid(
        "limits",
        "Claude: blocks and limits",
        "Official windows, the running block, and the limits that were reached.",
        "now-7d",
        [
            Row(101, "Windows", 9, windows),
            Row(102, "Ahead and behind", 8, ahead),
            Row(103, "The running block", 4, figures),
            Row(104, "Its course", 8, block),
        ],
    )
