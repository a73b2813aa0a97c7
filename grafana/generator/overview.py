"""Dashboard "overview": limits and their resets first, then tokens and cost."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard, stat

from grafana.generator.board import Row, build_dashboard
from grafana.generator.limits import ACCOUNT_COLUMNS, windows_over_time
from grafana.generator.panels import BARS, NO_READING, Column, Placed, bars, graded, over_time, rows, unit, value
from grafana.generator.queries import (
    Query,
    cache_hits_in_range,
    in_range,
    named,
    of,
    per_second,
    rising,
    until_reset,
    utilization,
)

FIVE, SEVEN = 'window="five_hour"', 'window="seven_day"'
AT_WORK = 'state=~"busy|waiting"'
LAST = "Official reading of the account with the highest usage, colored by your own thresholds."
NOTHING_USED = "no usage in this range"


def resets_in(number: int, title: str, window: str) -> stat.Panel:
    """Time until the window of the account with the highest usage resets."""
    reset = f"max({until_reset(window)} and on (account) topk(1, {utilization(window)}))"
    return value(number, title, "Of the same account.", "s", Query(reset, instant=True), no_data=NO_READING)


def full_in() -> str:
    """Seconds until an account reaches its 5-hour limit, at the pace of the last half hour."""
    return f"min((1 - {utilization(FIVE)}) / ({rising(FIVE)} > 0) < {until_reset(FIVE)})"


def limits_row() -> Placed:
    return [
        (5, graded(1, "5-hour limit used", LAST, f"max({utilization(FIVE)})", no_data=NO_READING)),
        (4, resets_in(2, "5-hour reset in", FIVE)),
        (
            4,
            value(
                3,
                "5-hour limit in",
                "At the pace of the last half hour, if that is before the reset.",
                "s",
                Query(full_in(), instant=True),
                no_data="not before the reset",
            ),
        ),
        (5, graded(4, "Week used", LAST, f"max({utilization(SEVEN)})", no_data=NO_READING)),
        (3, resets_in(5, "Week resets in", SEVEN)),
        (
            3,
            value(
                6,
                "Sessions",
                "Active Claude sessions, by state.",
                "short",
                Query(f"sum by (state) ({of('sessions', AT_WORK)})", "{{state}}", instant=True),
                no_data="not sampled",
            ),
        ),
    ]


def usage_row() -> Placed:
    return [
        (15, windows_over_time(7)),
        (
            9,
            rows(
                8,
                "Limits by account",
                "Windows of each account, highest usage first.",
                ACCOUNT_COLUMNS,
                [
                    (Query(named(utilization())), Column("Used", "percentunit", 0, is_gauge=True)),
                    (Query(named(until_reset())), Column("Resets in", "s")),
                ],
                no_data=NO_READING,
                sort_by="Used",
            ),
        ),
    ]


def cost_row() -> Placed:
    return [
        (
            12,
            over_time(
                9,
                "Tokens",
                "Tokens of all types per minute, by model.",
                "short",
                Query(f"60 * {per_second('tokens_total', by='model')}", "{{model}}"),
                no_data=NOTHING_USED,
                draw=BARS,
                stacked=True,
            ),
        ),
        (
            12,
            over_time(
                10,
                "Cost",
                "Cost per hour by list price, by model; an estimate.",
                "currencyUSD",
                Query(f"3600 * {per_second('cost_usd_total', by='model')}", "{{model}}"),
                no_data=NOTHING_USED,
                draw=BARS,
                stacked=True,
            ),
        ),
    ]


def breakdown_row() -> Placed:
    return [
        (
            9,
            bars(
                11,
                "Cost by model",
                "In the selected range, by list price.",
                "currencyUSD",
                Query(f"sort_desc({in_range('cost_usd_total', by='model')} > 0)", "{{model}}", instant=True),
                no_data=NOTHING_USED,
            ),
        ),
        (
            9,
            bars(
                12,
                "Cost by project",
                "The ten most expensive in the selected range, by list price.",
                "currencyUSD",
                Query(
                    f"sort_desc(topk(10, {in_range('project_cost_usd_total', by='project')} > 0))",
                    "{{project}}",
                    instant=True,
                ),
                no_data=NOTHING_USED,
            ),
        ),
        (6, totals()),
    ]


def totals() -> stat.Panel:
    return (
        value(
            13,
            "In this range",
            "Cost by list price, an estimate; tokens of all types; share of input read from the cache.",
            "short",
            Query(in_range("cost_usd_total"), "cost", instant=True),
            Query(in_range("tokens_total"), "tokens", instant=True),
            Query(cache_hits_in_range(), "cache hits", instant=True),
            no_data=NOTHING_USED,
        )
        .override_by_name("cost", unit("currencyUSD", 2))
        .override_by_name("cache hits", unit("percentunit", 0))
    )


def board() -> dashboard.Dashboard:
    return build_dashboard(
        "overview",
        "Claude: overview",
        "Limits and their resets, tokens and cost.",
        "now-24h",
        [
            Row(101, "Limits", 5, limits_row()),
            Row(102, "Usage over time", 9, usage_row()),
            Row(103, "Tokens and cost", 8, cost_row()),
            Row(104, "Cost by model and project", 8, breakdown_row()),
        ],
    )
