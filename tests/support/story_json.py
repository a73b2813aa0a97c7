"""The JSON of the story of `support.story`, literal: with its transcript, with texts, and after it was deleted."""

from __future__ import annotations

from typing import Any

from support.story import SESSION, UNKNOWN_MODEL, at

Json = dict[str, Any]


def used(counts: tuple[int, ...], usd: float, responses: int, *, unpriced: int = 0, incomplete: int = 0) -> Json:
    """`counts`: input, output, cache read, cache written for an hour, and their sum."""
    names = ("input", "output", "cache_read", "cache_write_1h", "total")
    return {
        "tokens": {"cache_write_5m": 0, **dict(zip(names, counts, strict=True))},
        "cost_usd": usd,
        "cost_basis": "list_price_estimate",
        "unpriced_tokens": unpriced,
        "responses": responses,
        "incomplete_responses": incomplete,
    }


def tool(name: str, calls: int, errors: int | None) -> Json:
    return {"tool": name, "calls": calls, "errors": errors}


TOTALS = used((152, 154, 3_000, 1_000, 4_306), 0.01532, 7, unpriced=10, incomplete=1)
STORY_JSON: Json = {
    "session": {
        "id": SESSION,
        "session_type": "claude_code",
        "state": "ended",
        "project": "shop",
        "folder": "/home/dev/shop",
        "git_branch": "main",
        "client_version": "2.1.197",
        "entrypoint": "cli",
        "accounts": ["unknown"],
        "first_at": at("10:00:00"),
        "last_at": at("10:52:00"),
        "repository": "github.com/acme/shop",
        "pull_request": "https://github.com/acme/shop/pull/482",
        "runs": [{"start": at("10:00:00"), "end": at("10:52:00")}],
    },
    "transcript": "read",
    "totals": TOTALS,
    "main": used((122, 94, 3_000, 1_000, 4_216), 0.01433, 4, unpriced=10, incomplete=1),
    "subagents": used((30, 60, 0, 0, 90), 0.00099, 3),
    "models": [
        {"model": "claude-opus-4-5", **used((110, 90, 3_000, 1_000, 4_200), 0.0143, 2)},
        {"model": "claude-sonnet-4-5", **used((35, 61, 0, 0, 96), 0.00102, 4, incomplete=1)},
        {"model": UNKNOWN_MODEL, **used((7, 3, 0, 0, 10), 0.0, 1, unpriced=10)},
    ],
    "cache": {"hit_ratio": 3_000 / 4_152, "written_tokens": 1_000, "rewritten_tokens": 0},
    "client_total": {
        "reported_cost_usd": 0.01,
        "transcript_cost_usd": None,
        "unwritten": [
            {
                "model": "claude-opus-4-5",
                "tokens": {"input": 13, "output": 4, "cache_read": 0, "cache_write": 0},
                "total_tokens": 17,
                "cost_usd": 0.0,
                "cost_basis": "client",
            }
        ],
    },
    "worked_seconds": 540.0,
    "interruptions": 1,
    "turns": [
        {
            "at": at("10:00:00"),
            "is_typed": True,
            "duration_seconds": 360.0,
            "context_tokens": 3010,
            **used((140, 150, 3_000, 1_000, 4_290), 0.01529, 5),
            "tools": [tool("Agent", 2, 0), tool("Bash", 2, 2), tool("Read", 1, 0)],
            "interruptions": 0,
            "api_errors": 0,
        },
        {
            "at": at("10:30:00"),
            "is_typed": True,
            "duration_seconds": 60.0,
            "context_tokens": 5,
            **used((5, 1, 0, 0, 6), 0.00003, 1, incomplete=1),
            "tools": [],
            "interruptions": 1,
            "api_errors": 0,
        },
        {
            "at": at("10:50:00"),
            "is_typed": True,
            "duration_seconds": 120.0,
            "context_tokens": 7,
            **used((7, 3, 0, 0, 10), 0.0, 1, unpriced=10),
            "tools": [tool("mcp__acme__find", 1, 1)],
            "interruptions": 0,
            "api_errors": 2,
        },
    ],
    "tools": [tool("Agent", 2, 0), tool("Bash", 2, 2), tool("Read", 1, 0), tool("mcp__acme__find", 1, 1)],
    "agents": [
        {
            "id": "a1",
            "parent": None,
            "depth": 0,
            "type": "Explore",
            "description": "readers of the payment",
            "first_at": at("10:01:00"),
            "last_at": at("10:05:00"),
            "usage": used((20, 40, 0, 0, 60), 0.00066, 2),
        },
        {
            "id": "b2",
            "parent": "a1",
            "depth": 1,
            "type": "Explore",
            "description": "tests",
            "first_at": at("10:02:00"),
            "last_at": at("10:02:00"),
            "usage": used((10, 20, 0, 0, 30), 0.00033, 1),
        },
    ],
    "compactions": [{"at": at("10:40:00"), "trigger": "auto", "tokens_before": 170_251}],
    "limits": [{"window": "five_hour", "at": at("10:52:00"), "resets_at": at("14:00:00")}],
    "api_errors": [
        {"kind": "server_error", "at": at("10:51:00")},
        {"kind": "rate_limit", "at": at("10:52:00")},
    ],
    "blocks": [
        {"start": at("09:00:00"), "end": at("14:00:00"), "basis": "official", "account": "unknown", **TOTALS},
    ],
}
FIRST_LINES = (
    {"prompt": "Add saved cards", "answer": "The table is there."},
    {"prompt": "Build the form. \\x1b[31mRed\\u202e", "answer": "Half of"},
    {"prompt": "Go on", "answer": "All is well."},
)


def texts_json() -> Json:
    """With the first lines of prompts and answers."""
    turns = zip(STORY_JSON["turns"], FIRST_LINES, strict=True)
    return {**STORY_JSON, "turns": [turn | texts for turn, texts in turns]}


def deleted_json() -> Json:
    """What the store keeps."""

    def unknown(tools: list[Json]) -> list[Json]:
        return [one | {"errors": None} for one in tools]

    nothing = dict.fromkeys(("parent", "type", "description", "first_at", "last_at", "usage"))
    return {
        **STORY_JSON,
        "transcript": "gone",
        "turns": [turn | {"tools": unknown(turn["tools"])} for turn in STORY_JSON["turns"]],
        "tools": unknown(STORY_JSON["tools"]),
        "agents": [{"id": "a1", "depth": 0, **nothing}, {"id": "b2", "depth": 0, **nothing}],
        "compactions": None,
    }
