"""Dashboard "usage": what was used in the chosen time, when, by which model and project, and how far the cost holds."""

from __future__ import annotations

from grafana.generator.board import MODEL, PROJECT, Board, Row
from grafana.generator.cost_figures import BY_THE_END, IS_IT_COMPLETE, WHICH_TOKENS
from grafana.generator.looks import by_model, colored, in_hues
from grafana.generator.overview import NO_USAGE
from grafana.generator.panels import (
    COUNT,
    MONEY,
    SHARE,
    TOKENS,
    Query,
    bars,
    cells,
    figure,
)
from grafana.generator.shared import top_of_range, with_names
from grafana.generator.tables import Column, rows
from grafana.generator.words import CHAINS, DATA, TEXT, mapped_models

_PROJECT_PAGE = "${page}/#/project/${__value.text:percentencode}"
_INPUT = 'token_type=~"input|cache_.*"'
_READ = 'token_type="cache_read"'

IN_THIS_RANGE = [
    figure(
        (0, 1, 4, 4),
        "Cost",
        "At list price, an estimate; next to it the range of equal length before.",
        MONEY,
        Query("sum(TOTAL(cost_usd_total))", "this range"),
        Query("sum(BEFORE(cost_usd_total))", "range before"),
        no_data=NO_USAGE,
    ),
    figure(
        (4, 1, 4, 4),
        "Cost per prompt",
        "Cost over your prompts; all models unless one is chosen.",
        MONEY,
        Query("sum(TOTAL(cost_usd_total)) / (sum(TOTAL(prompts_total)) > 0)", "a prompt"),
        no_data="No prompt in this range",
    ),
    figure(
        (8, 1, 4, 4),
        "Prompts",
        "What you asked, whatever the model.",
        COUNT,
        Query("sum(TOTAL(prompts_total))", "prompts"),
        no_data=NO_USAGE,
    ),
    figure(
        (12, 1, 4, 4),
        "Responses",
        "Each counted once, over forks and resumes.",
        COUNT,
        Query("sum(TOTAL(responses_total))", "responses"),
        no_data=NO_USAGE,
    ),
    figure(
        (16, 1, 4, 4),
        "Tokens",
        "Of every type; most are cache reads.",
        TOKENS,
        Query("sum(TOTAL(tokens_total))", "tokens"),
        no_data=NO_USAGE,
    ),
    figure(
        (20, 1, 4, 4),
        "Cache hits",
        "Share of the input that was read from the cache.",
        SHARE,
        Query(f"sum(TOTAL(tokens_total{{{_READ}}})) / (sum(TOTAL(tokens_total{{{_INPUT}}})) > 0)", "cache hits"),
        no_data=NO_USAGE,
    ),
]

BY_MODEL = [
    in_hues(
        bars(
            (0, 6, 16, 9),
            "Cost over time by model",
            "Cost at list price, from bar to bar.",
            MONEY,
            *by_model("sum by (model) (STEPS(cost_usd_total{MODEL}))"),
            no_data=NO_USAGE,
        )
    ),
    colored(
        with_names(
            bars(
                (16, 6, 8, 9),
                "Main and subagents",
                "What subagents cost next to the main conversation.",
                MONEY,
                Query("sum by (chain) (STEPS(cost_usd_total))", "{{chain}}"),
                no_data=NO_USAGE,
            ),
            CHAINS,
        ),
        [(CHAINS["main"], DATA), (CHAINS["subagent"], TEXT)],
    ),
    rows(
        (0, 15, 24, 7),
        "Models",
        "Everything about each model in this range.",
        {"model": "Model"},
        [
            ("sum by (model) (TOTAL(cost_usd_total)) > 0", Column("Cost", MONEY)),
            (
                "sum by (model) (TOTAL(cost_usd_total)) / on () group_left () (sum(TOTAL(cost_usd_total)) > 0)",
                Column("Share", SHARE, is_gauge=True),
            ),
            ("sum by (model) (TOTAL(responses_total)) > 0", Column("Responses", COUNT)),
            ('sum by (model) (TOTAL(tokens_total{token_type="input"}))', Column("Input", TOKENS)),
            ('sum by (model) (TOTAL(tokens_total{token_type="output"}))', Column("Output", TOKENS)),
            (f"sum by (model) (TOTAL(tokens_total{{{_READ}}}))", Column("Cache read", TOKENS)),
            ('sum by (model) (TOTAL(tokens_total{token_type=~"cache_write.*"}))', Column("Cache write", TOKENS)),
            (
                f"sum by (model) (TOTAL(tokens_total{{{_READ}}}))"
                f" / (sum by (model) (TOTAL(tokens_total{{{_INPUT}}})) > 0)",
                Column("Cache hits", SHARE),
            ),
        ],
        no_data=NO_USAGE,
        sort_by="Cost",
        words={"Model": mapped_models()},
    ),
]

WHICH_PROJECTS = [
    rows(
        (0, 23, 10, 9),
        "Projects",
        "The 20 most expensive projects; a click opens the project on the tracker's page.",
        {"project": "Project"},
        [
            ("topk(20, sum by (project) (TOTAL(project_cost_usd_total)) > 0)", Column("Cost", MONEY)),
            (
                "sum by (project) (TOTAL(project_cost_usd_total))"
                " / on () group_left () (sum(TOTAL(project_cost_usd_total)) > 0) > 0",
                Column("Share", SHARE, is_gauge=True),
            ),
            ("sum by (project) (TOTAL(project_tokens_total)) > 0", Column("Tokens", TOKENS)),
        ],
        no_data=NO_USAGE,
        sort_by="Cost",
        links={"Project": ("This project on the tracker's page", _PROJECT_PAGE)},
    ),
    cells(
        (10, 23, 14, 9),
        "Cost by project over time",
        "When the ten most expensive projects cost how much.",
        MONEY,
        Query(
            "sum by (project) (STEPS(project_cost_usd_total)) and on (project) "
            + top_of_range("project", "project_cost_usd_total"),
            "{{project}}",
        ),
        axis=COUNT,
        no_data=NO_USAGE,
    ),
]

BOARD = Board(
    "usage",
    "Claude: usage and cost",
    "Shows what was used in the chosen time, when, by which model and project, and how far the cost can be trusted.",
    "now-30d",
    (
        Row(0, "What was used in this range?", IN_THIS_RANGE),
        Row(5, "When, and by which model?", BY_MODEL),
        Row(22, "Which projects?", WHICH_PROJECTS),
        Row(32, "Which tokens?", WHICH_TOKENS),
        Row(41, "What will it cost by the end?", BY_THE_END),
        Row(48, "Is the cost complete?", IS_IT_COMPLETE),
    ),
    (MODEL, PROJECT),
)
