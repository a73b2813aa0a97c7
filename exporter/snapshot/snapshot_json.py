"""The snapshot as JSON, as in `status --json`, the API and the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from exporter.domain.blocks.figures import cache_hit_ratio
from exporter.domain.calendar import timestamp
from exporter.domain.retention import Retention
from exporter.domain.sessions.session import SessionRow
from exporter.domain.usage.pricing import usd
from exporter.domain.usage.tokens import TOKEN_TYPES, Tokens, add_up
from exporter.domain.usage.totals import ModelUse, Total
from exporter.snapshot.early import reading_json
from exporter.snapshot.limits.budgets import budgets_json
from exporter.snapshot.limits.history_json import hit_json
from exporter.snapshot.limits.limits_json import (
    account_json,
    limit_json,
    month_json,
    token_limit_json,
    verdict_json,
    week_json,
)
from exporter.snapshot.notifications.warning_json import warning_json
from exporter.snapshot.parts import AccountPart, BlockPart, HealthPart, Snapshot, TodayPart
from exporter.snapshot.sending_json import store_json, sync_json
from exporter.snapshot.usage.cache_json import part_json
from exporter.snapshot.usage.unwritten_json import unwritten_json
from exporter.snapshot.usage.usage_json import COST_BASIS
from exporter.store.usage.unpriced import Unpriced

Providers = Mapping[str, str]
"""Of models by label."""


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """Times in ISO 8601 UTC, money in dollars, tokens by `token_type`.

    Every cost is an estimate by list price, as `cost_basis` next to it says. While the first read goes on, what needs
    the history is None, and the tokens of a session are a lower bound.
    """
    providers, is_whole = snapshot.providers, snapshot.reading is None
    return {
        "as_of": timestamp.to_iso(snapshot.as_of),
        "sequence": snapshot.sequence,
        "reading": reading_json(snapshot.reading),
        "block": _block_json(snapshot.block, providers) if snapshot.block else None,
        "today": _today_json(snapshot.today, providers),
        "totals": _totals_json(snapshot.totals, providers, snapshot.unpriced) if is_whole else None,
        "cache": part_json(snapshot.cache) if is_whole else None,
        "unwritten": unwritten_json(snapshot.unwritten) if is_whole else None,
        "week": week_json(snapshot.week) if is_whole else None,
        "month": month_json(snapshot.month) if is_whole else None,
        "limits": [limit_json(limit, snapshot.accounts[0].label) for limit in snapshot.limits],
        "lockouts": [hit_json(hit) for hit in snapshot.lockouts],
        "verdict": verdict_json(snapshot.accounts[0].verdict),
        "accounts": [_account_json(account, providers) for account in snapshot.accounts],
        "warnings": [warning_json(one) for one in snapshot.warnings],
        "budgets": budgets_json(snapshot.budgets),
        "session_effectiveness_ratio": snapshot.effectiveness,
        "sessions": None if snapshot.sessions is None else _active_json(snapshot),
        "sync": [sync_json(state) for state in snapshot.syncs],
        "store": store_json(snapshot.store) if snapshot.store is not None else None,
        "health": _health_json(snapshot.health),
    }


def session_json(row: SessionRow) -> dict[str, Any]:
    """A session, with the column names of its table as keys."""
    found: dict[str, Any] = msgspec.to_builtins(row)
    return found


def _active_json(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The running sessions. `metadata` of one that waits for the user has `waiting_since`."""
    since = {one.session_id: timestamp.to_iso(one.since) for one in snapshot.waiting}
    found = [session_json(row) for row in snapshot.sessions or ()]
    for row in found:
        if row["id"] in since:
            row["metadata"] = row["metadata"] | {"waiting_since": since[row["id"]]}
        if snapshot.reading is not None:
            row["metadata"] = row["metadata"] | {"tokens": "lower_bound"}
    return found


def _account_json(account: AccountPart, providers: Providers) -> dict[str, Any]:
    """An account with its running block, its windows and its lockouts."""
    return {
        **account_json(account),
        "block": _block_json(account.block, providers) if account.block is not None else None,
        "limits": [limit_json(limit, account.label) for limit in account.limits],
        "lockouts": [hit_json(hit) for hit in account.lockouts],
    }


def _block_json(block: BlockPart, providers: Providers) -> dict[str, Any]:
    numbers = block.figures
    return {
        "start": timestamp.to_iso(block.start),
        "end": timestamp.to_iso(block.end),
        "basis": block.basis,
        "elapsed_seconds": numbers.elapsed_s,
        "remaining_seconds": numbers.remaining_s,
        "completion_ratio": numbers.completion_ratio,
        **_use_json(block.models),
        "sessions": block.sessions,
        "token_limit": token_limit_json(block.limit) if block.limit is not None else None,
        "burn_tokens_per_minute": numbers.burn_tokens_per_minute,
        "projected_tokens": numbers.projected_tokens,
        "projected_cost_usd": usd(numbers.projected_cost_nano),
        "efficiency_score": numbers.efficiency_score,
        "cache_hit_ratio": cache_hit_ratio(block.tokens),
        "models": [_model_json(use, providers) for use in block.models],
    }


def _today_json(today: TodayPart, providers: Providers) -> dict[str, Any]:
    return {
        "date": today.day.date,
        "timezone": today.timezone,
        "start": timestamp.to_iso(today.day.start),
        **_use_json(today.models),
        "prompts": today.prompts,
        "tool_calls": today.tool_calls,
        "turns": msgspec.to_builtins(today.turns),
        "models": [_model_json(use, providers) for use in today.models],
    }


def _use_json(models: tuple[ModelUse, ...]) -> dict[str, Any]:
    tokens = add_up(use.tokens for use in models)
    return {
        "tokens": tokens.by_type(),
        "total_tokens": tokens.total,
        "responses": sum(use.responses for use in models),
        "cost_usd": usd(sum(use.cost for use in models)),
        "cost_basis": COST_BASIS,
        "unpriced_tokens": sum(use.unpriced for use in models),
    }


def _model_json(use: ModelUse, providers: Providers) -> dict[str, Any]:
    """`provider`: null for Anthropic, and if it is not known."""
    return {"model": use.model, "provider": providers.get(use.model), **_use_json((use,))}


def _totals_json(kept: tuple[Total, ...], providers: Providers, unpriced: Sequence[Unpriced]) -> dict[str, Any]:
    """The exact totals, which corrections can lower, unlike counters. `unpriced`: what has no price, by model."""

    def of(family: str) -> list[Total]:
        return [total for total in kept if total.family == family and total.exact]

    def single(family: str) -> int:
        return sum(total.exact for total in of(family))

    models = model_totals(kept)
    return {
        **_use_json(models),
        "incomplete_responses": single("incomplete_responses"),
        "prompts": single("prompts"),
        "api_errors": {total.labels[0]: total.exact for total in of("api_errors")},
        "tool_calls": {total.labels[0]: total.exact for total in of("tool_calls")},
        "blocks_completed": single("blocks"),
        "skipped_lines": {total.labels[0]: total.exact for total in of("ingest_skipped_lines")},
        "models": [_model_json(use, providers) for use in models],
        "unpriced_models": [msgspec.to_builtins(one) for one in unpriced],
        "projects": _projects_json(of("project_tokens"), of("project_cost")),
    }


def _projects_json(tokens: list[Total], costs: list[Total]) -> list[dict[str, Any]]:
    """By label; the parts of one that began at 0 again are one project here."""
    used, cost = _by_label(tokens), _by_label(costs)
    return [
        {
            "project": label,
            "total_tokens": total,
            "cost_usd": usd(cost.get(label, 0)),
            "cost_basis": COST_BASIS,
        }
        for label, total in sorted(used.items(), key=lambda one: -one[1])
    ]


def _by_label(kept: list[Total]) -> dict[str, int]:
    found: dict[str, int] = {}
    for total in kept:
        found[total.labels[0]] = found.get(total.labels[0], 0) + total.exact
    return found


def _retention_json(kept: Retention) -> dict[str, Any]:
    deleted = kept.first_deletion_at
    return {
        "cleanup_days": kept.cleanup_days,
        "unread_files": kept.unread_files,
        "first_deletion_at": timestamp.to_iso(deleted) if deleted is not None else None,
    }


def model_totals(kept: tuple[Total, ...]) -> tuple[ModelUse, ...]:
    """The exact totals by model, for main and subagent chains together."""
    figures_of: dict[str, dict[str, int]] = {}
    for total in kept:
        if total.family in ("tokens", "cost", "responses", "unpriced_tokens"):
            key = total.labels[1] if total.family == "tokens" else total.family
            found = figures_of.setdefault(total.labels[0], {})
            found[key] = found.get(key, 0) + total.exact
    return tuple(
        ModelUse(
            model,
            found.get("responses", 0),
            cost=found.get("cost", 0),
            unpriced=found.get("unpriced_tokens", 0),
            tokens=Tokens(*(found.get(token_type, 0) for token_type in TOKEN_TYPES)),
        )
        for model, found in sorted(figures_of.items())
        if any(found.values())
    )


def _health_json(health: HealthPart) -> dict[str, Any]:
    running = health.running
    return {
        "committed_at": timestamp.to_iso(health.committed_at) if health.committed_at is not None else None,
        "files": health.files,
        "database_bytes": health.database_bytes,
        "damage": health.damage,
        "lag_seconds": running.lag_s,
        "watcher_up": running.watcher_up,
        "watched_folders": msgspec.to_builtins(running.folders),
        "collectors": [msgspec.to_builtins(collector) for collector in running.collectors],
        "retention": _retention_json(running.retention) if running.retention is not None else None,
    }
