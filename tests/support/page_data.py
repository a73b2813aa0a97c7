"""What the API answers for a dashboard with something in every part. All of it is as of noon, 2026-11-22, UTC."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WORK, OTHER = "3f2a91c07d", "b6d01e5a42"
"""Labels of accounts."""
OPUS, SONNET, HAIKU = MODELS = ("claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PRICE = 0.8e-6
"""Dollars a token, about what a mix with much cache costs."""


def at(**ago: float) -> str:
    """So long before noon, as the API writes it; negative is later."""
    return (NOW - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def tokens(total: int) -> Json:
    """A total over the five types, as they come where much is cached."""
    parts = {
        "input": total // 100,
        "output": total // 40,
        "cache_write_5m": total // 20,
        "cache_write_1h": total // 50,
    }
    return {**parts, "cache_read": total - sum(parts.values())}


def use(total: int, cost: float | None = None) -> Json:
    return {
        "tokens": tokens(total), "total_tokens": total, "responses": total // 40_000 + 1,
        "cost_usd": round(total * PRICE, 2) if cost is None else cost,
        "cost_basis": "list_price_estimate", "unpriced_tokens": 0,
    }  # fmt: skip


def amount(total: int) -> Json:
    return {
        "tokens": {**tokens(total), "total": total}, "cost_usd": total * PRICE, "cost_basis": "list_price_estimate",
        "unpriced_tokens": 0, "responses": total // 40_000 + 1, "incomplete_responses": 0,
    }  # fmt: skip


def by_model(total: int) -> list[Json]:
    shares = (0.62, 0.3, 0.08)
    return [{"model": name, **amount(int(total * part))} for name, part in zip(MODELS, shares, strict=True)]


def session(number: int, project: str | None, state: str | None, count: int, **more: Any) -> Json:
    """A row of real_sessions; `minutes`: how long ago it started; a state says that it runs."""
    minutes = more.pop("minutes", 30)
    metadata: Json = {
        "source": "registered",
        "tokens": more.pop("tokens", "exact"),
        "git_branch": more.pop("branch", None),
    }
    if state:
        metadata["state"] = state
    if "waiting_for" in more:
        metadata["waiting_for"] = more.pop("waiting_for")
    return {
        "id": f"0b81e3d3-db88-4eac-9201-{number:012d}", "session_type": "claude_code",
        "start_time": at(minutes=minutes), "end_time": None if state else at(minutes=minutes - 25),
        "process_id": 4_000 + number, "project_path": project, "conversation_id": None,
        "total_messages": count // 50_000,
        "models_used": [OPUS], "estimated_tokens": count, "is_active": state is not None,
        "metadata": {key: value for key, value in metadata.items() if value is not None},
        "five_hour_block_id": at(hours=2), "cost_usd": round(count * PRICE, 2), "responses": count // 40_000 + 1,
        **more,
    }  # fmt: skip


ACTIVE = [
    session(1, "/home/dev/shop", "busy", 8_432_100, branch="main", minutes=95, models_used=[OPUS, HAIKU]),
    session(2, "/home/dev/payments", "waiting", 3_210_400, waiting_for="permission", branch="fix/refund", minutes=41),
    session(3, "/home/dev/infra", "idle", 402_000, tokens="lower_bound", minutes=12, models_used=[SONNET]),
    session(4, None, "unknown", 0, session_type="claude_desktop", minutes=190, models_used=[]),
]


def family(name: str, count: int, cost: float, part: float, projected: float) -> Json:
    return {
        "family": name, "total_tokens": count, "cost_usd": cost, "cost_share": part, "projected_cost_usd": projected,
    }  # fmt: skip


def said(state: str, *, minutes: float | None = None, projected: float | None = None) -> Json:
    """What is said of a window; `minutes`: until it runs out."""
    return {
        "state": state, "chance_ratio": None, "runs_out_at": None if minutes is None else at(minutes=-minutes),
        "work_left_minutes": None, "projected_ratio": projected,
    }  # fmt: skip


def verdict(window: str | None, forecast: Json, sentence: str, elsewhere: str | None = None) -> Json:
    """What is said of an account."""
    return {"window": window, **forecast, "sentence": sentence, "elsewhere": elsewhere}


LASTS = said("lasts", projected=0.74)
RUNS_OUT = said("runs_out", minutes=14, projected=1.2)
NOT_KNOWN = verdict(
    None, said("not_known"), "Limits not known yet. Turn on the status line: `claude-tracker setup statusline`"
)


def limit(
    window: str,
    ratio: float,
    *,
    hours: float | None,
    forecast: Json | None = None,
    **more: Any,
) -> Json:
    """An official window; `hours`: until its reset."""
    return {
        "account": WORK, "window": window, "utilization_ratio": ratio, "basis": "official", "source": "statusline",
        "observed_at": at(minutes=2), "resets_at": None if hours is None else at(hours=-hours), "estimated_size": None,
        "binds": True, "forecast": forecast or said("too_early"), "elsewhere_ratio": None, **more,
    }  # fmt: skip


def consistent(current: Json) -> Json:
    """The snapshot with its top level's block, limits, lockouts and verdict in the account that answered last."""
    first, *others = current.get("accounts") or [account(WORK)]
    own = {name: current[name] for name in ("block", "limits", "lockouts", "verdict")}
    return current | {"accounts": [first | own | {"is_current": True}, *others]}


def account(label: str, name: str | None = None, **more: Any) -> Json:
    """An account without anything; `name`: given by the user."""
    return {
        "account": label, "name": name or label, "plan": None, "organization": None, "is_current": False,
        "overage_in_use": False, "credits": [], "week_surfaces": [], "window_cost": None, "block": None, "limits": [],
        "lockouts": [], "verdict": NOT_KNOWN, **more,
    }  # fmt: skip


def snapshot() -> Json:
    """The Snapshot's JSON form: two hours into an official block."""
    return consistent(_current())


def _current() -> Json:
    return {
        "as_of": at(),
        "sequence": 7,
        "block": {
            "start": at(hours=2), "end": at(hours=-3), "basis": "official", "elapsed_seconds": 7_200.0,
            "remaining_seconds": 10_800.0, "completion_ratio": 0.4, **use(12_345_678, 9.87), "sessions": 3,
            "token_limit": {
                "tokens": 8_000_000, "used": 3_360_000, "basis": "official_calibrated", "estimated_size": None,
            },
            "burn_tokens_per_minute": 103_250.0, "projected_tokens": 30_930_678, "projected_cost_usd": 24.73,
            "efficiency_score": 71.4, "cache_hit_ratio": 0.91,
            "models": [{"model": OPUS, **use(9_345_678)}, {"model": SONNET, **use(3_000_000)}],
        },
        "today": {
            "date": "2026-11-22", "timezone": "UTC", "start": at(hours=12), **use(21_500_000, 17.2),
            "prompts": 64, "tool_calls": 412,
            "turns": {"count": 64, "responses_per_turn": 6.1, "tools_per_turn": 6.4, "seconds_per_turn": 92.0},
            "models": [{"model": OPUS, **use(21_500_000)}],
        },
        "totals": {
            **use(1_940_000_000, 1552.4), "incomplete_responses": 2, "prompts": 5_812, "api_errors": {},
            "tool_calls": {"Bash": 9_000}, "blocks_completed": 143, "skipped_lines": {},
            "models": [
                {"model": OPUS, **use(1_202_800_000)}, {"model": SONNET, **use(582_000_000)},
                {"model": HAIKU, **use(155_200_000)},
            ],
            "projects": [
                {"project": name, "total_tokens": count, "cost_usd": count * PRICE, "cost_basis": "list_price_estimate"}
                for name, count in [
                    ("shop", 912_000_000), ("payments", 507_000_000), ("infra", 288_000_000), ("docs", 141_000_000),
                    ("playground", 92_000_000),
                ]
            ],
        },
        "week": {
            "start": at(days=3), "end": at(days=-4), "basis": "official", "total_tokens": 248_000_000,
            "cost_usd": 198.4, "cost_basis": "list_price_estimate", "projected_cost_usd": 412.9,
            "families": [
                family("opus", 171_000_000, 150.3, 0.757, 312.0),
                family("sonnet", 62_000_000, 44.1, 0.222, 93.0),
                family("haiku", 15_000_000, 4.0, 0.021, 7.9),
            ],
        },
        "month": {
            "start": at(days=21, hours=12), "end": at(days=-8, hours=-12), "cost_usd": 1_034.5,
            "cost_basis": "list_price_estimate", "projected_cost_usd": 1_460.2,
        },
        "limits": [
            limit("five_hour", 0.42, hours=3, forecast=LASTS), limit("seven_day", 0.31, hours=96, forecast=LASTS),
        ],
        "verdict": verdict("five_hour", LASTS, "Lasts until the reset at 15:00: about 74 % used by then"),
        "warnings": [],
        "lockouts": [],
        "budgets": [],
        "session_effectiveness_ratio": 0.93,
        "sessions": ACTIVE,
        "health": {
            "committed_at": at(minutes=1), "files": 812, "database_bytes": 40_960_000, "lag_seconds": 0.0,
            "watcher_up": True, "watched_folders": {"events": 2, "polling": 0}, "collectors": [],
        },
    }  # fmt: skip


def hit(window: str, hours: float, locked: float, **more: Any) -> Json:
    """A limit reached so many hours ago; `locked`: hours of its lockout, which ends or ended with the reset."""
    return {
        "account": WORK, "window": window, "at": at(hours=hours), "resets_at": at(hours=hours - locked),
        "source": "transcript", "is_locked_out": False,
        "locked_out_seconds": locked * 3600, "block_tokens": 24_000_000, "block_cost_usd": 21.3,
        "week_tokens": 190_000_000, "week_cost_usd": 160.9,
        "cost_basis": "list_price_estimate", **more,
    }  # fmt: skip


def raised(window: str, hours: float, before: float, after: float, **more: Any) -> Json:
    """A limit that was raised so many hours ago: the used share fell."""
    return {
        "account": WORK, "window": window, "at": at(hours=hours), "resets_at": at(hours=-96), "from_ratio": before,
        "to_ratio": after, "source": "statusline", **more,
    }  # fmt: skip


def readings() -> list[Json]:
    """What Claude reported of the five hours and of the week, up to now."""
    five = [("five_hour", -3.0, 2 - step / 10, step * 0.021) for step in range(1, 21)]
    week = [("seven_day", -96.0, 72 - 3.6 * step, step * 0.0155) for step in range(1, 21)]
    return [
        {
            "account": WORK, "window": window, "utilization_ratio": round(ratio, 3), "source": "statusline",
            "observed_at": at(hours=hours), "last_observed_at": at(hours=hours), "resets_at": at(hours=reset),
            "used": True,
        }
        for window, reset, hours, ratio in (*five, *week)
    ]  # fmt: skip


def named_parts(total: int, names: dict[str | None, float], key: str) -> list[Json]:
    """What a time consists of; None: under none."""
    return [{key: name, **amount(int(total * part))} for name, part in names.items()]


NAMES: dict[str, dict[str | None, float]] = {
    "project": {"shop": 0.47, "payments": 0.26, "infra": 0.15, "docs": 0.1199, "playground": 0.0001},
    "session": {f"0b81e3d3-db88-4eac-9201-{number:012d}": 0.125 for number in range(1, 9)},
    "skill": {None: 0.7, "commit": 0.2, "release-notes": 0.1},
    "agent": {None: 0.6, "Explore": 0.3, "general-purpose": 0.1},
    "mcp": {None: 0.9, "github": 0.1},
}
"""What the usage consists of, by what."""


def broken_down(items: list[Json], key: str) -> dict[str, Json]:
    """The breakdowns of a usage answer, by what."""
    return {
        by: {
            "items": [{key: item[key], "breakdown": named_parts(item["tokens"]["total"], names, by)} for item in items],
            "unknown_until": None,
        }
        for by, names in NAMES.items()
    }  # fmt: skip


def usual() -> Json:
    """What a day, a week and a month usually cost."""

    def period(days: int, count: int, cost: float) -> Json:
        items = [
            {"start": at(days=days * (number + 1), hours=12), "end": at(days=days * number, hours=12),
             "cost_usd": cost * (1 + number % 3 / 4)}
            for number in range(count - 1, -1, -1)
        ]  # fmt: skip
        return {"items": items, "usual_cost_usd": cost, "usual_by_now_usd": cost / 2}

    return {
        "day": period(1, 7, 28.0), "week": period(7, 7, 150.0), "month": period(30, 5, 900.0),
        "cost_basis": "list_price_estimate",
    }  # fmt: skip


def answers() -> dict[str, Json]:
    """What each route answers, by what stands under its name on the offline page; `current` is the snapshot."""
    dice = random.Random(7)
    hours = [
        (NOW - timedelta(hours=ago), dice.randrange(200_000, 4_000_000))
        for ago in range(36, -1, -1)
        if 7 <= (NOW - timedelta(hours=ago)).hour < 23
    ]
    days = [
        (NOW - timedelta(days=ago), dice.randrange(8_000_000, 90_000_000)) for ago in range(27, -1, -1) if ago % 7 != 1
    ]
    usage_rows = {
        "hours": [{"hour": hour.isoformat(), **amount(sum_), "models": by_model(sum_)} for hour, sum_ in hours],
        "days": [{"date": day.strftime("%Y-%m-%d"), **amount(sum_), "models": by_model(sum_)} for day, sum_ in days],
    }
    monthly = [
        {"month": f"2026-{month:02d}", **amount(sum_), "models": by_model(sum_)}
        for month, sum_ in zip(range(6, 12), (300, 420, 510, 640, 900, 1_230), strict=True)
        for sum_ in [sum_ * 1_000_000]
    ]
    sessions = [
        session(100 + index, f"/home/dev/{('shop', 'payments', 'infra', 'docs')[index % 4]}", None,
                dice.randrange(100_000, 9_000_000), minutes=200 + 170 * index, branch=("main", "next")[index % 2],
                tokens=("exact", "lower_bound")[index == 3])
        for index in range(56)
    ]  # fmt: skip
    return {
        "current": snapshot(),
        "hours": {"items": usage_rows["hours"], "totals": amount(60_000_000), "timezone": "UTC"},
        "days": {"items": usage_rows["days"], "totals": amount(900_000_000), "timezone": "UTC"},
        "months": {"items": monthly, "totals": amount(4_000_000_000), "timezone": "UTC"},
        "breakdowns": {
            "hour": broken_down(usage_rows["hours"], "hour"),
            "day": broken_down(usage_rows["days"], "date"),
            "month": broken_down(monthly, "month"),
        },
        "usual": usual(),
        "blocks": {"items": blocks(dice), "next": None},
        "sessions": {"items": [*ACTIVE, *sessions], "next": None},
        "limits_history": {
            "hits": [hit("five_hour", 52, 1.5), hit("five_hour", 170, 0.6)],
            "raises": [],
            "history": readings(),
        },
        "plan": plan(dice),
    }


def blocks(dice: random.Random) -> list[Json]:
    """The running one first, then three a day."""
    starts = [2.0, *(24.0 * ago + shift for ago in range(9) for shift in (8, 13.5, 19))]
    return [
        {
            "id": at(hours=start), "start_time": at(hours=start), "end_time": at(hours=start - 5),
            "session_type": "claude_code", "total_sessions": 3, "efficiency_score": 40.0 + start % 50,
            "total_tokens": 12_345_678 if start == 2 else dice.randrange(2_000_000, 28_000_000),
            "is_complete": start != 2, "account": WORK, "basis": "estimated" if start > 100 else "official",
            "cost_usd": 9.87, "cost_basis": "list_price_estimate",
        }
        for start in starts
    ]  # fmt: skip


def plan(dice: random.Random) -> Json:
    cells = [
        {
            "weekday": WEEKDAYS[number // 24], "hour": number % 24, "observed_hours": 4.0,
            "tokens": (dice.randrange(500_000, 9_000_000) if 8 <= number % 24 < 20 and number < 120 else 0)
            + (4_000_000 if number % 24 in {21, 22} else 0),
            "active_minutes": 60.0 if 8 <= number % 24 < 20 and number < 120 else 0.0,
            "limit_hits": int(number in {39, 87}),
        }
        for number in range(168)
    ]  # fmt: skip
    return {
        "start": at(days=28), "end": at(), "items": cells,
        "totals": {
            "tokens": sum(cell["tokens"] for cell in cells), "active_minutes": 3600.0,
            "limit_hits": 2, "block_starts": 80,
        },
        "block_starts_by_hour": [0] * 24,
        "running_block": {"start": at(hours=2), "end": at(hours=-3), "basis": "official"},
        "block_started_now": {
            "start": at(), "end": at(hours=-5), "typical_tokens": 9_000_000.0, "typical_active_minutes": 200.0,
            "share_of_week_ratio": 0.04,
        },
        "timezone": "UTC",
    }  # fmt: skip
