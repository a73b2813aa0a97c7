"""States of the dashboard beyond the usual one: nothing used, limits nearly full, many windows, two accounts."""

from __future__ import annotations

from typing import Any

from support.page_data import (
    LASTS,
    NOT_KNOWN,
    OTHER,
    RUNS_OUT,
    Json,
    account,
    answers,
    at,
    consistent,
    hit,
    limit,
    raised,
    said,
    snapshot,
    use,
    verdict,
)


def nothing_yet() -> Json:
    """The Snapshot of a machine on which nothing was used."""
    none = use(0, 0.0) | {"responses": 0}
    return consistent(snapshot() | {
        "block": None, "limits": [], "verdict": NOT_KNOWN, "sessions": [], "session_effectiveness_ratio": None,
        "today": snapshot()["today"] | none | {"prompts": 0, "tool_calls": 0, "models": []},
        "totals": snapshot()["totals"] | none | {"models": [], "projects": [], "prompts": 0, "blocks_completed": 0},
        "week": snapshot()["week"]
        | {"basis": "trailing", "total_tokens": 0, "cost_usd": 0.0, "projected_cost_usd": None, "families": []},
        "month": snapshot()["month"] | {"cost_usd": 0.0, "projected_cost_usd": 0.0},
        "health": snapshot()["health"] | {"files": 0},
    })  # fmt: skip


def reading_history() -> Json:
    """The Snapshot while only the newest of 1.2 GB have been read."""
    found = snapshot()
    rows = [row | {"metadata": row["metadata"] | {"tokens": "lower_bound"}} for row in found["sessions"]]
    early = said("too_early")
    limits = [limit | {"forecast": early, "elsewhere_ratio": None} for limit in found["limits"]]
    text = "42 % used; too early to say whether it lasts"
    return consistent(found | {
        "reading": {
            "since": at(hours=26), "done_bytes": 492_000_000, "total_bytes": 1_200_000_000, "ratio": 0.41,
            "seconds_left": 4.7,
        },
        "limits": limits, "verdict": verdict("five_hour", early, text), "warnings": [], "budgets": [],
        "sessions": rows, "session_effectiveness_ratio": None,
        "totals": None, "cache": None, "unwritten": None, "week": None, "month": None,
    })  # fmt: skip


def nearly_full() -> Json:
    """The Snapshot of a block that is nearly used up, while the week's limit is reached."""
    found = snapshot()
    found["block"]["token_limit"] |= {"used": 7_680_000}
    found["limits"][0] |= {"utilization_ratio": 0.96, "forecast": RUNS_OUT}
    found["limits"][1] |= {"utilization_ratio": 1.0, "forecast": said("reached")}
    found["verdict"] = verdict(
        "seven_day", said("reached"), "Week: limit reached. Available again at Thu 12:00 (in 4 d)"
    )
    found["lockouts"] = [hit("seven_day", 1, 97, is_locked_out=True)]
    return consistent(found)


def many_windows() -> Json:
    """The Snapshot of one account with every kind of window, work beyond its limit, and credits."""
    found = snapshot()
    found["limits"] = [
        limit("five_hour", 1.0, hours=3, forecast=said("beyond")),
        limit("monthly_grant", 0.04, hours=None, source="account"),
        limit("seven_day", 0.31, hours=96, forecast=LASTS, elsewhere_ratio=0.3),
        limit("seven_day_fable", 0.97, hours=96, source="account", binds=False),
        limit("spend", 1.3, hours=200, source="account", forecast=said("beyond")),
    ]
    found["block"]["token_limit"] |= {"used": 8_000_000}
    found["verdict"] = verdict(
        "five_hour", said("beyond"), "Limit reached; working on with extra usage ($3.20 of $50.00, 1.50 EUR)"
    )
    found["accounts"][0] |= {
        "overage_in_use": True, "plan": "default_claude_max_20x",
        "credits": [
            {"currency": "USD", "used": 3.2, "limit": 50.0, "observed_at": at(minutes=9)},
            {"currency": "EUR", "used": 1.5, "limit": None, "observed_at": at(minutes=9)},
        ],
        "week_surfaces": [
            {"surface": "chat", "share_ratio": 0.06, "observed_at": at(minutes=9)},
            {"surface": "claude_code", "share_ratio": 0.25, "observed_at": at(minutes=9)},
        ],
    }  # fmt: skip
    return consistent(found)


def budgets() -> list[Json]:
    """One of each state."""
    return [
        budget("work", 140.0, 200.0, "runs_out", 260.4, per="month", project="shop", end=at(days=-8, hours=-12)),
        budget("daily", 52.5, 50.0, "reached", None),
        budget("week", 20.0, 100.0, "lasts", 44.0, per="week", end=at(days=-1)),
        budget("new", 1.0, 100.0, "too_early", None),
    ]


def budget(name: str, used: float, limit: float, state: str, expected: float | None, **more: Any) -> Json:
    """One of a day, of all projects, unless `more` says otherwise."""
    return {
        "name": name, "per": "day", "project": None, "limit_usd": limit, "used_usd": used, "used_ratio": used / limit,
        "state": state, "cost_basis": "list_price_estimate", "chance_ratio": None, "expected_usd": expected,
        "start": at(hours=12), "end": at(hours=-12), **more,
    }  # fmt: skip


def two_accounts() -> Json:
    """The Snapshot of two accounts: one at work with three windows, another one whose week is locked out."""
    found = snapshot()
    found["limits"].append(limit("seven_day_fable", 0.12, hours=96, source="account"))
    found["accounts"][0] |= {"name": "work", "plan": "default_claude_max_20x", "organization": "0f1e2d3c4b5a6978"}
    found["accounts"].append(other_account())
    return consistent(found)


def other_account() -> Json:
    """An account without a name: a running block, three windows, a lockout, credits."""
    own: Json = {"account": OTHER}
    span = {"start": at(hours=1), "end": at(hours=-4), "basis": "estimated", "token_limit": None}
    return account(
        OTHER, plan="default_claude_pro", block=snapshot()["block"] | span | use(2_340_000, 1.87),
        limits=[
            limit("five_hour", 0.88, hours=4, forecast=RUNS_OUT, observed_at=at(minutes=21), **own),
            limit("seven_day", 1.0, hours=30, forecast=said("reached"), **own),
            limit("seven_day_opus", 0.5, hours=30, binds=False, **own),
        ],
        verdict=verdict(
            "seven_day", said("reached"), "Week: limit reached. Available again at Mon 18:00 (in 30 h 00 min)"
        ),
        lockouts=[hit("seven_day", 2, 32, is_locked_out=True, **own)],
        credits=[{"currency": "USD", "used": 12.5, "limit": 20.0, "observed_at": at(minutes=21)}],
        week_surfaces=[{"surface": "claude_code", "share_ratio": 0.7, "observed_at": at(minutes=21)}],
    )  # fmt: skip


def answers_of_two() -> dict[str, Json]:
    """The same with two accounts: blocks, limits reached and raised are of either."""
    found = answers()
    blocks_of_other = [
        block | {"id": f"{block['id']}~{OTHER}", "account": OTHER, "total_tokens": block["total_tokens"] // 3}
        for block in found["blocks"]["items"][2:9:2]
    ]
    items = sorted([*found["blocks"]["items"], *blocks_of_other], key=lambda block: str(block["id"]), reverse=True)
    history = {
        "hits": [hit("seven_day", 2, 32, account=OTHER, is_locked_out=True), *found["limits_history"]["hits"]],
        "raises": [raised("seven_day", 26, 0.6, 0.02)],
    }
    return found | {
        "current": two_accounts(), "blocks": {"items": items, "next": None},
        "limits_history": found["limits_history"] | history,
    }  # fmt: skip
