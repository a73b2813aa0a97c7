"""Dashboard "sessions": which sessions need you, when Claude works, what used it, and what went wrong."""

from __future__ import annotations

from typing import Any

from grafana.generator.board import Board, Row
from grafana.generator.looks import in_shades
from grafana.generator.panels import (
    BYTES,
    COUNT,
    MONEY,
    SHARE,
    TOKENS,
    WHOLE_SPAN,
    Place,
    Query,
    bars,
    cells,
    figure,
    joined,
    ranking,
)
from grafana.generator.shared import longest_wait, sessions_now, sessions_over_time, with_names
from grafana.generator.words import CAUSES, ERRORS, REDS

NOTHING_UNDER = "Nothing attributed in this range"


def used_under(place: Place, title: str, description: str, kind: str) -> Any:
    """What was used under each name of a kind."""
    query = f'topk(10, sum by (name) (TOTAL(attributed_cost_usd_total{{kind="{kind}"}})) > 0)'
    return ranking(place, title, description, MONEY, Query(query, "{{name}}"), no_data=NOTHING_UNDER)


NEEDS_ME = [
    sessions_now((0, 1, 8, 4), "Running sessions by state; names are on the tracker's page (link).", ""),
    longest_wait((8, 1, 4, 4), "How long the session that has waited longest has waited for you."),
    figure(
        (12, 1, 4, 4),
        "Sessions started",
        "Started or resumed in this range.",
        COUNT,
        Query("sum(TOTAL(sessions_started_total))", "started"),
        no_data="No session in this range",
    ),
    figure(
        (16, 1, 4, 4),
        "Memory of Claude",
        "Held by the processes of running sessions.",
        BYTES,
        Query("sum(process_resident_memory_bytes)", "memory"),
        no_data="Processes are not scanned",
    ),
    figure(
        (20, 1, 4, 4),
        "Without failure",
        "Share of responses without API error, interruption or rejected tool call, in sessions of the last 7 days.",
        SHARE,
        Query("min(session_effectiveness_ratio)", "without failure"),
        no_data="No session in the last 7 days",
    ),
]

WHEN = [
    sessions_over_time((0, 6, 12, 8), ""),
    cells(
        (12, 6, 12, 8),
        "Session length",
        "How many sessions of which length ended when.",
        COUNT,
        Query("sum by (le) (STEPS(session_duration_seconds_bucket))", "{{le}}"),
        axis=WHOLE_SPAN,
        no_data="No session ended in this range",
    ),
]

WHAT_USED_IT = [
    used_under(
        (0, 15, 8, 8),
        "Skills",
        "Cost under each skill: from its call until the next prompt. One response may stand under a skill, an agent and"
        " a server at once, so panels do not add up.",
        "skill",
    ),
    used_under((8, 15, 8, 8), "Agents", "Cost of each kind of subagent.", "agent"),
    used_under((16, 15, 8, 8), "MCP servers", "Cost under each MCP server's tools.", "mcp"),
    used_under((0, 23, 6, 8), "Plugins", "Cost under each plugin.", "plugin"),
    used_under((6, 23, 6, 8), "Effort", "Cost by the effort level that was set.", "effort"),
    with_names(
        ranking(
            (12, 23, 6, 8),
            "Tool calls",
            "The ten tools called most; MCP is all tools of MCP servers.",
            COUNT,
            Query("topk(10, sum by (tool) (TOTAL(tool_calls_total)) > 0)", "{{tool}}"),
            no_data="No tool call in this range",
        ),
        {"mcp": "MCP", "other": "Other"},
    ),
    joined(
        (18, 23, 6, 8),
        "Cost of subagents",
        "Share of the cost that subagents took, from step to step.",
        SHARE,
        Query('sum(STEPS(cost_usd_total{chain="subagent"})) / (sum(STEPS(cost_usd_total)) > 0)', "share"),
        no_data="No usage in this range",
    ),
]

WHAT_WENT_WRONG = [
    in_shades(
        with_names(
            bars(
                (0, 32, 8, 8),
                "API errors over time",
                "Failed requests by kind.",
                COUNT,
                Query("sum by (kind) (STEPS(api_errors_total))", "{{kind}}"),
                no_data="No API error in this range",
            ),
            ERRORS,
        ),
        list(ERRORS.values()),
        REDS,
    ),
    with_names(
        ranking(
            (8, 32, 8, 8),
            "Cache misses by cause",
            "Why the prompt cache was missed, as the status line reports it.",
            COUNT,
            Query("topk(10, sum by (cause) (TOTAL(cache_misses_total)) > 0)", "{{cause}}"),
            no_data="Not reported (needs the status line)",
        ),
        CAUSES,
    ),
    bars(
        (16, 32, 8, 8),
        "Tokens rewritten to the cache",
        "Tokens written again after a miss: the price of a cold cache.",
        TOKENS,
        Query("sum(STEPS(cache_rewritten_tokens_total))", "rewritten"),
        no_data="No usage in this range",
    ),
]

BOARD = Board(
    "sessions",
    "Claude: sessions and what used it",
    "Shows which sessions need you, when Claude works, what the tokens went into and what went wrong.",
    "now-7d",
    (
        Row(0, "Does a session need me now?", NEEDS_ME),
        Row(5, "When do sessions run, and how long?", WHEN),
        Row(14, "What used it?", WHAT_USED_IT),
        Row(31, "What went wrong?", WHAT_WENT_WRONG),
    ),
)
