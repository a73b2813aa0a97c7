"""Tokens and cost by model, project and tool: where it went."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from grafana.generator.board import Row, choice, laid
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
    """A bar a step: each tells what came since the one before it."""
    return over_time(
        number, title, description, unit_id, Query(expr, legend), no_data=no_data, draw=BARS, stacked=True
    ).max_data_points(STEPS)


def board() -> dashboard.Dashboard:
    totals: Placed = [
        total(
            1,
            "Cost",
            "In the shown time, by list price: an estimate.",
            "currencyUSD",
            in_range("cost_usd_total", MODELS),
        ),
        total(2, "Tokens", "Of every kind.", "short", in_range("tokens_total", MODELS)),
        total(
            3,
            "Responses",
            "Each counted once, however often it was written.",
            "short",
            in_range("responses_total", MODELS),
        ),
        total(4, "Prompts", "What you asked, whatever the model.", "short", in_range("prompts_total")),
        total(
            5,
            "Cache hits",
            "The share of input that was read from the cache, of all models.",
            "percentunit",
            cache_hits_in_range(),
        ),
        total(
            6,
            "This month comes to",
            "The calendar month's cost at its end, by estimate.",
            "currencyUSD",
            f"sum({of('month_projected_cost_usd')})",
        ),
    ]
    models: Placed = [
        (
            15,
            steps(
                7,
                "Cost over time by model",
                "By list price, in steps that fit the shown time.",
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
                "In the shown time, by list price.",
                "currencyUSD",
                Query(f"sort_desc({in_range('cost_usd_total', MODELS, by='model')} > 0)", "{{model}}", instant=True),
                no_data=NOTHING_USED,
            ),
        ),
    ]
    tokens: Placed = [
        (
            9,
            steps(
                9,
                "Tokens over time by kind",
                "In steps that fit the shown time.",
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
                "What subagents cost beside the main conversation, in steps that fit the shown time.",
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
                "Tokens and cost of the current week, and its cost at its end by estimate.",
                {"family": "Family"},
                [
                    (Query(f"sum by (family) ({of('week_tokens')})"), Column("Tokens", "short")),
                    (Query(f"sum by (family) ({of('week_cost_usd')})"), Column("Cost", "currencyUSD", 2)),
                    (
                        Query(f"sum by (family) ({of('week_projected_cost_usd')})"),
                        Column("At its end", "currencyUSD", 2),
                    ),
                ],
                no_data=NOTHING_USED,
                sort_by="Cost",
            ),
        ),
    ]
    projects: Placed = [
        (
            12,
            steps(
                12,
                "Cost over time by project",
                "By the folder a session began in, in steps that fit the shown time.",
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
                "In the shown time, the dearest first.",
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
    rest: Placed = [
        (
            9,
            bars(
                14,
                "Tool calls",
                "In the shown time, the fifteen most called.",
                "short",
                Query(f"sort_desc(topk(15, {in_range('tool_calls_total', by='tool')} > 0))", "{{tool}}", instant=True),
                no_data="no tool was called",
            ),
        ),
        (
            9,
            steps(
                15,
                "API errors over time",
                "By kind, in steps that fit the shown time.",
                "short",
                increase("api_errors_total", by="kind"),
                "{{kind}}",
                "no API error was ever seen",
            ),
        ),
        (
            6,
            value(
                16,
                "What is not exact",
                "Tokens without a list price, which the cost leaves out, and responses whose output is a lower bound.",
                "short",
                Query(f"{in_range('unpriced_tokens_total')} or vector(0)", "unpriced tokens", instant=True),
                Query(f"sum({of('incomplete_responses')}) or vector(0)", "incomplete responses", instant=True),
                no_data="none",
            ),
        ),
    ]
    return laid(
        "usage",
        "Claude: models, projects and cost",
        "Where tokens and money went.",
        "now-30d",
        [
            Row(101, "In this time", 4, totals),
            Row(102, "Models", 9, models),
            Row(103, "Kinds of tokens", 8, tokens),
            Row(104, "Projects", 9, projects),
            Row(105, "Tools, errors, and what is not exact", 9, rest),
        ],
        CHOICES,
    )
