"""Dashboard "models, projects and cost": tokens and cost by model, project and tool."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from grafana.generator.board import Row, build_dashboard, choice
from grafana.generator.overview import NOTHING_USED
from grafana.generator.panels import BARS, STEPS, Column, Panel, Placed, bars, over_time, rows, value
from grafana.generator.queries import Query, cache_hits_in_range, in_range, increase, of

MODELS, PROJECTS = 'model=~"$model"', 'project=~"$project"'
CHOICES = (
    choice("model", "Model", 'label_values(claude_tracker_tokens_total{job=~"$job", instance=~"$instance"}, model)'),
    choice(
        "project",
        "Project",
        'label_values(claude_tracker_project_tokens_total{job=~"$job", instance=~"$instance"}, project)',
    ),
)


def total(
    number: int, title: str, description: str, unit_id: str, expr: str, no_data: str = NOTHING_USED
) -> tuple[int, Panel]:
    return 4, value(number, title, description, unit_id, Query(expr, title, instant=True), no_data=no_data)


def steps(
    number: int, title: str, description: str, unit_id: str, expr: str, legend: str, no_data: str = NOTHING_USED
) -> Panel:
    """One bar per step, with the increase since the previous one."""
    return over_time(
        number, title, description, unit_id, Query(expr, legend), no_data=no_data, draw=BARS, stacked=True
    ).max_data_points(STEPS)


def totals_row() -> Placed:
    return [
        total(
            1,
            "Cost",
            "In the selected range, by list price; an estimate.",
            "currencyUSD",
            in_range("cost_usd_total", MODELS),
        ),
        total(2, "Tokens", "Tokens of all types.", "short", in_range("tokens_total", MODELS)),
        total(
            3,
            "Responses",
            "Each response is counted once, however often it appears in transcripts.",
            "short",
            in_range("responses_total", MODELS),
        ),
        total(4, "Prompts", "Your prompts, for all models.", "short", in_range("prompts_total")),
        total(
            5,
            "Cache hits",
            "Share of input read from the cache, for all models.",
            "percentunit",
            cache_hits_in_range(),
        ),
        total(
            6,
            "Projected month",
            "Projected cost of the calendar month; an estimate.",
            "currencyUSD",
            f"sum({of('month_projected_cost_usd')})",
        ),
    ]


def models_row() -> Placed:
    return [
        (
            15,
            steps(
                7,
                "Cost over time by model",
                "By list price.",
                "currencyUSD",
                increase("cost_usd_total", MODELS, by="model"),
                "{{model}}",
            ),
        ),
        (
            9,
            bars(
                8,
                "Cost by model",
                "In the selected range, by list price.",
                "currencyUSD",
                Query(f"sort_desc({in_range('cost_usd_total', MODELS, by='model')} > 0)", "{{model}}", instant=True),
                no_data=NOTHING_USED,
            ),
        ),
    ]


def tokens_row() -> Placed:
    return [
        (
            9,
            steps(
                9,
                "Tokens over time by type",
                "Input, output, cache reads and cache writes.",
                "short",
                increase("tokens_total", MODELS, by="token_type"),
                "{{token_type}}",
            ),
        ),
        (
            6,
            steps(
                10,
                "Cost over time by chain",
                "Cost of subagents and of main conversations.",
                "currencyUSD",
                increase("cost_usd_total", MODELS, by="chain"),
                "{{chain}}",
            ),
        ),
        (
            9,
            rows(
                11,
                "This week by family",
                "Tokens and cost of the current week, with its projected cost.",
                {"family": "Family"},
                [
                    (Query(f"sum by (family) ({of('week_tokens')})"), Column("Tokens", "short")),
                    (Query(f"sum by (family) ({of('week_cost_usd')})"), Column("Cost", "currencyUSD", 2)),
                    (
                        Query(f"sum by (family) ({of('week_projected_cost_usd')})"),
                        Column("Projected", "currencyUSD", 2),
                    ),
                ],
                no_data=NOTHING_USED,
                sort_by="Cost",
            ),
        ),
    ]


def projects_row() -> Placed:
    return [
        (
            12,
            steps(
                12,
                "Cost over time by project",
                "By the folder in which a session started.",
                "currencyUSD",
                increase("project_cost_usd_total", PROJECTS, by="project"),
                "{{project}}",
            ),
        ),
        (
            12,
            rows(
                13,
                "Projects",
                "In the selected range, most expensive first.",
                {"project": "Project"},
                [
                    (
                        Query(f"{in_range('project_cost_usd_total', PROJECTS, by='project')} > 0"),
                        Column("Cost", "currencyUSD", 2),
                    ),
                    (
                        Query(f"{in_range('project_tokens_total', PROJECTS, by='project')} > 0"),
                        Column("Tokens", "short"),
                    ),
                ],
                no_data=NOTHING_USED,
                sort_by="Cost",
            ),
        ),
    ]


def rest_row() -> Placed:
    return [
        (
            9,
            bars(
                14,
                "Tool calls",
                "In the selected range, the fifteen most used tools.",
                "short",
                Query(f"sort_desc(topk(15, {in_range('tool_calls_total', by='tool')} > 0))", "{{tool}}", instant=True),
                no_data="no tool calls",
            ),
        ),
        (
            9,
            steps(
                15,
                "API errors over time",
                "By kind.",
                "short",
                increase("api_errors_total", by="kind"),
                "{{kind}}",
                "no API errors so far",
            ),
        ),
        (
            6,
            value(
                16,
                "Not exact",
                "Tokens without a list price, which are not in the cost, and responses whose output is a minimum.",
                "short",
                Query(f"{in_range('unpriced_tokens_total')} or vector(0)", "unpriced tokens", instant=True),
                Query(f"sum({of('incomplete_responses')}) or vector(0)", "incomplete responses", instant=True),
                no_data="none",
            ),
        ),
    ]


def board() -> dashboard.Dashboard:
    return build_dashboard(
        "usage",
        "Claude: models, projects and cost",
        "Tokens and cost by model, project and tool.",
        "now-30d",
        [
            Row(101, "In this range", 4, totals_row()),
            Row(102, "Models", 9, models_row()),
            Row(103, "Token types", 8, tokens_row()),
            Row(104, "Projects", 9, projects_row()),
            Row(105, "Tools, errors, and inexact figures", 9, rest_row()),
        ],
        CHOICES,
    )
