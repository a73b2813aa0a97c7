"""The fields that may be sent at each privacy level. Fields that are not listed are never sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from exporter.domain.text import printable
from exporter.domain.usage.families import FAMILIES
from exporter.domain.usage.labels import OTHER

Json = dict[str, Any]

_USE = ("tokens", "total_tokens", "responses", "incomplete_responses", "cost_usd", "cost_basis", "unpriced_tokens")
_BLOCK = (
    "start", "end", "basis", "elapsed_seconds", "remaining_seconds", "completion_ratio", *_USE, "sessions",
    "token_limit", "burn_tokens_per_minute", "projected_tokens", "projected_cost_usd", "efficiency_score",
    "cache_hit_ratio",
)  # fmt: skip
_TOTALS = (*_USE, "prompts", "api_errors", "tool_calls", "blocks_completed", "skipped_lines")
_TODAY = ("date", "timezone", "start", *_USE, "prompts", "tool_calls", "turns")
_LIMIT = (
    "account", "window", "utilization_ratio", "basis", "source", "observed_at", "resets_at", "estimated_size",
    "binds", "elsewhere_ratio",
)  # fmt: skip
_FORECAST = ("state", "chance_ratio", "runs_out_at", "work_left_minutes", "projected_ratio")
_VERDICT = (*_FORECAST, "window", "sentence", "elsewhere")
_HIT = (
    "account", "window", "at", "resets_at", "source", "is_locked_out", "locked_out_seconds", "block_tokens",
    "block_cost_usd", "week_tokens", "week_cost_usd", "cost_basis",
)  # fmt: skip
_SESSION = (
    "session_type", "start_time", "end_time", "total_messages", "estimated_tokens", "is_active", "cost_usd",
    "responses",
)  # fmt: skip
_KEPT_BLOCK = (
    "id", "start_time", "end_time", "session_type", "total_sessions", "total_tokens", "efficiency_score", "is_complete",
    "account", "basis", "cost_usd", "cost_basis",
)  # fmt: skip
_ACCOUNT = ("account", "is_current", "overage_in_use")
_CREDITS = ("currency", "used", "limit", "observed_at")
_SURFACE = ("surface", "share_ratio", "observed_at")
_WINDOW_COST = ("week_ratio", "lowest_ratio", "highest_ratio", "measured_windows", "windows_left")
_RAISE = ("account", "window", "at", "resets_at", "from_ratio", "to_ratio", "source")
_READING = (
    "account", "window", "utilization_ratio", "source", "observed_at", "last_observed_at", "resets_at", "used",
)  # fmt: skip
_UNITS = ("hour", "day", "month")
_USUAL = ("usual_cost_usd", "usual_by_now_usd")
_PERIOD = ("start", "end", "cost_usd")
_CLAUDE_MODEL = re.compile(rf"claude-(?:\d{{1,2}}[-.]){{0,2}}(?:{'|'.join(FAMILIES)})(?:[-.]\d{{1,2}}){{0,2}}")


def redact(data: Json, level: str) -> Json:
    """The page's data without what the level excludes. `data`: of `page.data.offline_data`.

    `totals`: no projects, session IDs or paths, and accounts only as numbers. `projects`: also project names. `full`:
    everything on the page.
    """
    if level == "full":
        return data | {"limits_history": _only(data["limits_history"], ("hits", "raises", "history"))}
    numbers = {label: str(number) for number, label in enumerate(_accounts_in(data), 1)}
    return _Filter(numbers, show_names=level == "projects").data(data)


class _Filter:
    """`numbers`: of the accounts, by label."""

    def __init__(self, numbers: Mapping[str, str], *, show_names: bool) -> None:
        self._show_names = show_names
        self._numbers = numbers

    def data(self, data: Json) -> Json:
        hits = [self._numbered(hit, _HIT) for hit in data["limits_history"]["hits"]]
        raises = [self._numbered(one, _RAISE) for one in data["limits_history"]["raises"]]
        readings = [self._numbered(one, _READING) for one in data["limits_history"]["history"]]
        return {
            "current": self._current(data["current"]),
            "days": self._used(data["days"], "date"),
            "hours": self._used(data["hours"], "hour"),
            "months": self._used(data["months"], "month"),
            "breakdowns": self._breakdowns(data["breakdowns"]),
            "usual": _usual(data["usual"]),
            "blocks": {"items": [self._kept_block(block) for block in data["blocks"]["items"]], "next": None},
            "sessions": {"items": [self._session(row) for row in data["sessions"]["items"]], "next": None},
            "limits_history": {"hits": hits, "raises": raises, "history": readings},
            "plan": data["plan"],
        }

    def _current(self, current: Json) -> Json:
        sessions = current["sessions"]
        return {
            "as_of": current["as_of"],
            "sequence": current["sequence"],
            "block": _block(current["block"]),
            "today": {**_only(current["today"], _TODAY), "models": _models(current["today"]["models"])},
            "totals": {
                **_only(current["totals"], _TOTALS),
                "models": _models(current["totals"]["models"]),
                "projects": self._projects(current["totals"]["projects"]),
            },
            "week": {**current["week"], "families": _merged(current["week"]["families"], "family", _family)},
            "month": current["month"],
            "limits": [self._limit(limit) for limit in current["limits"]],
            "lockouts": [self._numbered(hit, _HIT) for hit in current["lockouts"]],
            "verdict": _only(current["verdict"], _VERDICT),
            "accounts": [self._account(account) for account in current["accounts"]],
            "warnings": [],
            "session_effectiveness_ratio": current["session_effectiveness_ratio"],
            "sessions": [self._session(row) for row in sessions] if sessions is not None else None,
            "health": _only(current["health"], ("committed_at", "files", "collectors")),
        }

    def _numbered(self, source: Json, keys: Iterable[str]) -> Json:
        """These fields, with a number for the account."""
        return {**_only(source, keys), "account": self._numbers[source["account"]]}

    def _account(self, account: Json) -> Json:
        """Without name, plan and organization."""
        found = self._numbered(account, _ACCOUNT)
        return {
            **found,
            "name": found["account"],
            "plan": None,
            "organization": None,
            "credits": [_only(one, _CREDITS) for one in account["credits"]],
            "week_surfaces": [_only(one, _SURFACE) for one in account["week_surfaces"]],
            "window_cost": _only(account["window_cost"], _WINDOW_COST) if account["window_cost"] else None,
            "block": _block(account["block"]),
            "verdict": _only(account["verdict"], _VERDICT),
            "limits": [self._limit(limit) for limit in account["limits"]],
            "lockouts": [self._numbered(hit, _HIT) for hit in account["lockouts"]],
        }

    def _limit(self, limit: Json) -> Json:
        return {**self._numbered(limit, _LIMIT), "forecast": _only(limit["forecast"], _FORECAST)}

    def _kept_block(self, block: Json) -> Json:
        """The id of another account's block has the account's number instead of its hash."""
        found = self._numbered(block, _KEPT_BLOCK)
        start, mark, _ = found["id"].partition("~")
        return {**found, "id": f"{start}~{found['account']}" if mark else start}

    def _used(self, used: Json, key: str) -> Json:
        items = [{**_only(item, (key, *_USE)), "models": _models(item["models"])} for item in used["items"]]
        return {"items": items, "totals": used["totals"], "timezone": used["timezone"]}

    def _breakdowns(self, found: Json) -> Json:
        """What times consist of: projects, where their names are sent. Other names are the user's own."""
        if not self._show_names:
            return {}
        return {unit: {"project": self._by_project(found[unit]["project"])} for unit in _UNITS}

    def _by_project(self, found: Json) -> Json:
        items = [
            {
                **_only(item, ("hour", "date", "month")),
                "breakdown": _merged(item["breakdown"], "project", last_part, ("project", *_USE)),
            }
            for item in found["items"]
        ]
        return {"items": items, "unknown_until": None}

    def _session(self, row: Json) -> Json:
        """Without the ID. The page shows `project_path` as a name."""
        metadata = row["metadata"]
        path = row["project_path"]
        return {
            **_only(row, _SESSION),
            "id": None,
            "project_path": last_part(path) if self._show_names and path else None,
            "models_used": sorted({shown_model(model) for model in row["models_used"]}),
            "metadata": _only(metadata, ("state", "waiting_since", "tokens", "subagents", "effectiveness")),
        }

    def _projects(self, projects: Iterable[Json]) -> list[Json]:
        return _merged(projects, "project", last_part) if self._show_names else []


def _accounts_in(data: Json) -> list[str]:
    """The labels of all accounts, in an order that does not depend on which one is in use."""
    history = data["limits_history"]
    lists = (
        data["current"]["accounts"], data["blocks"]["items"], history["hits"], history["raises"], history["history"],
    )  # fmt: skip
    return sorted({one["account"] for items in lists for one in items})


def _block(block: Json | None) -> Json | None:
    return {**_only(block, _BLOCK), "models": _models(block["models"])} if block is not None else None


def _usual(found: Json) -> Json:
    periods = {
        name: _only(found[name], _USUAL) | {"items": [_only(item, _PERIOD) for item in found[name]["items"]]}
        for name in ("day", "week", "month")
    }
    return {**periods, "cost_basis": found["cost_basis"]}


def last_part(path: str) -> str:
    """A project's name: the last part of its path."""
    return printable(re.split(r"[/\\]", path.rstrip("/\\"))[-1]) or OTHER


def _only(source: Json, keys: Iterable[str]) -> Json:
    return {key: source[key] for key in keys if key in source}


def shown_model(name: str) -> str:
    """The name of a Claude model. Names of other providers can contain an account, so become `other`."""
    return name if _CLAUDE_MODEL.fullmatch(name) else OTHER


def _family(name: str) -> str:
    """A family of Claude's. Others are a part of a model's name."""
    return name if name in FAMILIES else OTHER


def _models(items: Iterable[Json]) -> list[Json]:
    return _merged(items, "model", shown_model, ("model", *_USE))


def _merged(items: Iterable[Json], key: str, show_names: Callable[[str], str], keys: Iterable[str] = ()) -> list[Json]:
    """The items with their new names, summed by name."""
    found: dict[str, Json] = {}
    for item in items:
        renamed = {**(_only(item, keys) if keys else item), key: show_names(item[key])}
        known = found.get(renamed[key])
        found[renamed[key]] = renamed if known is None else _sum(known, renamed)
    return list(found.values())


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, dict):
        return {key: _sum(value, other[key]) if key in other else value for key, value in one.items()}
    return one + other if isinstance(one, int | float) and not isinstance(one, bool) else one
