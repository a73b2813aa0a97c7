"""Rows of the dashboard "usage": types of tokens, what the end brings, and how complete the cost is."""

from __future__ import annotations

from grafana.generator.looks import in_shades
from grafana.generator.overview import NO_USAGE
from grafana.generator.panels import (
    COUNT,
    DOLLARS,
    MONEY,
    SHARE,
    TOKENS,
    Query,
    bars,
    figure,
    joined,
)
from grafana.generator.shared import budgets_used, with_names
from grafana.generator.tables import Column, rows
from grafana.generator.words import TOKEN_TYPES, mapped

_INPUT = 'token_type=~"input|cache_.*"'
_READ = 'token_type="cache_read"'
_NONE = mapped({"0": "None"})

WHICH_TOKENS = [
    in_shades(
        with_names(
            bars(
                (0, 33, 12, 8),
                "Tokens over time by type",
                "Tokens by type; cache reads cost a tenth of input or less.",
                TOKENS,
                Query("sum by (token_type) (STEPS(tokens_total))", "{{token_type}}"),
                no_data=NO_USAGE,
            ),
            TOKEN_TYPES,
        ),
        list(TOKEN_TYPES.values()),
    ),
    joined(
        (12, 33, 12, 8),
        "Cache hits over time",
        "Share of input read from the cache, from step to step; a fall makes the same work more expensive.",
        SHARE,
        Query(f"sum(STEPS(tokens_total{{{_READ}}})) / (sum(STEPS(tokens_total{{{_INPUT}}})) > 0)", "cache hits"),
        no_data=NO_USAGE,
    ),
]

BY_THE_END = [
    figure(
        (0, 42, 4, 6),
        "Projected month",
        "The calendar month at its end, by the tracker's projection.",
        DOLLARS,
        Query("sum(month_projected_cost_usd)", "projected"),
        no_data="No tracker answers",
    ),
    rows(
        (4, 42, 10, 6),
        "This week by model family",
        "The current week by its official reset; while that is not known, the last seven days, without a projection.",
        {"family": "Family"},
        [
            ("sum by (family) (week_cost_usd)", Column("Cost", MONEY)),
            ("sum by (family) (week_projected_cost_usd)", Column("Projected", MONEY)),
            ("sum by (family) (week_tokens)", Column("Tokens", TOKENS)),
        ],
        no_data=NO_USAGE,
        sort_by="Cost",
        words={"Family": mapped({name: name.capitalize() for name in ("opus", "fable", "sonnet", "haiku", "other")})},
    ),
    budgets_used((14, 42, 10, 6), 10, "Used share of each budget you set."),
]

IS_IT_COMPLETE = [
    figure(
        (0, 49, 6, 4),
        "Without a price",
        "Tokens of models without a list price; the cost leaves them out.",
        TOKENS,
        Query("sum(TOTAL(unpriced_tokens_total))", "tokens"),
        no_data="None so far",
        mappings=_NONE,
    ),
    figure(
        (6, 49, 6, 4),
        "Cut-off responses",
        "Responses cut off in the transcript: their output is a minimum.",
        COUNT,
        Query("sum(incomplete_responses)", "responses"),
        no_data="None so far",
        mappings=_NONE,
    ),
    figure(
        (12, 49, 6, 4),
        "Not in the transcripts",
        "What Claude Code's own session totals have beyond the transcripts (compaction, titles, retries), not in the"
        " cost above.",
        MONEY,
        Query("sum(unwritten_cost_usd)", "more"),
        no_data="No session totals found",
    ),
    figure(
        (18, 49, 6, 4),
        "Sessions compared",
        "Share of sessions that have such a total: the smaller, the less the figure to the left says.",
        SHARE,
        Query("min(unwritten_known_sessions_ratio)", "compared"),
        no_data="No session totals found",
    ),
]
