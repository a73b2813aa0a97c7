"""How much is left and until when; then where it goes."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard, stat

from grafana.generator.board import Row, laid
from grafana.generator.limits import windows_over_time
from grafana.generator.panels import BARS, NO_READING, Column, Placed, bars, graded, over_time, rows, unit, value
from grafana.generator.queries import Query, cache_hits_in_range, in_range, of, per_second, until_reset, utilization

FIVE, SEVEN = 'window="five_hour"', 'window="seven_day"'
AT_WORK = 'state=~"busy|waiting"'
LAST = "The official reading of the fullest account, in the colour that your own thresholds give it."
NOTHING_USED = "nothing used in this time"


def resets_in(number: int, title: str, window: str) -> stat.Panel:
    """How long until the fullest account's window is reset."""
    fullest = f"topk(1, max by (user) ({of('window_utilization_ratio', window)}))"
    reset = f"max({until_reset(window, by='user')} and on (user) {fullest})"
    return value(number, title, "Of the same account.", "s", Query(reset, instant=True), no_data=NO_READING)


def full_in() -> str:
    """Seconds until an account's five hours are used up, as they rose in the last half hour."""
    rise = f"max by (user, window) (deriv({of('window_utilization_ratio', FIVE)}[30m])) > 0"
    return f"min((1 - {utilization(FIVE)}) / ({rise}) < {until_reset(FIVE)})"


def board() -> dashboard.Dashboard:
    left: Placed = [
        (5, graded(1, "Five hours used", LAST, f"max({utilization(FIVE)})", no_data=NO_READING)),
        (4, resets_in(2, "Five hours reset in", FIVE)),
        (
            4,
            value(
                3,
                "Five hours used up in",
                "At the pace of the last half hour, where that is before the reset.",
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
                "Sessions of Claude that run now, by state.",
                "short",
                Query(f"sum by (state) ({of('sessions', AT_WORK)})", "{{state}}", instant=True),
                no_data="not looked at",
            ),
        ),
    ]
    course: Placed = [
        (15, windows_over_time(7)),
        (
            9,
            rows(
                8,
                "Who has how much left",
                "Each account's windows, the fullest first.",
                {"user": "User", "window": "Window"},
                [
                    (Query(utilization()), Column("Used", "percentunit", 0, is_gauge=True)),
                    (Query(until_reset()), Column("Resets in", "s")),
                ],
                no_data=NO_READING,
                sort_by="Used",
            ),
        ),
    ]
    use: Placed = [
        (
            12,
            over_time(
                9,
                "Tokens",
                "Tokens of every kind a minute, by model.",
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
                "Cost an hour by list price, an estimate, by model.",
                "currencyUSD",
                Query(f"3600 * {per_second('cost_usd_total', by='model')}", "{{model}}"),
                no_data=NOTHING_USED,
                draw=BARS,
                stacked=True,
            ),
        ),
    ]
    totals = (
        value(
            13,
            "In this time",
            "Cost by list price, an estimate; tokens of every kind; the share of input that came from the cache.",
            "short",
            Query(in_range("cost_usd_total"), "cost", instant=True),
            Query(in_range("tokens_total"), "tokens", instant=True),
            Query(cache_hits_in_range(), "cache hits", instant=True),
            no_data=NOTHING_USED,
        )
        .override_by_name("cost", unit("currencyUSD", 2))
        .override_by_name("cache hits", unit("percentunit", 0))
    )
    where: Placed = [
        (
            9,
            bars(
                11,
                "Cost by model",
                "In the shown time, by list price.",
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
                "The ten dearest in the shown time, by list price.",
                "currencyUSD",
                Query(
                    f"sort_desc(topk(10, {in_range('project_cost_usd_total', by='project')} > 0))",
                    "{{project}}",
                    instant=True,
                ),
                no_data=NOTHING_USED,
            ),
        ),
        (6, totals),
    ]
    return laid(
        "overview",
        "Claude: overview",
        "How much is left and until when, and where it goes.",
        "now-24h",
        [
            Row(101, "How much is left, and until when", 5, left),
            Row(102, "How it came", 9, course),
            Row(103, "What it costs", 8, use),
            Row(104, "Where it went", 8, where),
        ],
    )
