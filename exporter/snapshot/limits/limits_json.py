"""Limits, week and month as JSON."""

from __future__ import annotations

from typing import Any

from exporter.domain.calendar import timestamp
from exporter.domain.forecast.window import Forecast
from exporter.domain.limits.calibration import Calibration, weighted_tokens
from exporter.domain.usage.pricing import usd
from exporter.snapshot.limit_parts import LimitPart, TokenLimit, VerdictPart
from exporter.snapshot.limits.budgets import budgets_json
from exporter.snapshot.limits.history_json import hit_json, moment, past_json, rounded
from exporter.snapshot.limits.limit_history import PastLimits
from exporter.snapshot.limits.weeks import window_cost_json
from exporter.snapshot.parts import AccountPart, Current, MonthPart, WeekPart
from exporter.snapshot.usage.usage_json import COST_BASIS


def limits_json(current: Current, past: PastLimits | None) -> dict[str, Any]:
    """The output of `limits --json`. `past`: None without the history."""
    block = current.block
    answer = {
        "as_of": timestamp.to_iso(current.as_of),
        "items": [limit_json(limit, account.label) for account in current.accounts for limit in account.limits],
        "lockouts": [hit_json(hit) for account in current.accounts for hit in account.lockouts],
        "accounts": [account_json(account) for account in current.accounts],
        "block_token_limit": token_limit_json(block.limit) if block is not None and block.limit is not None else None,
        "week": week_json(current.week),
        "month": month_json(current.month),
        "budgets": budgets_json(current.budgets),
    }
    return answer | past_json(past) if past is not None else answer


def account_json(account: AccountPart) -> dict[str, Any]:
    """An account without its block and limits. No id of Claude's is in it."""
    return {
        "account": account.label,
        "name": account.name,
        "plan": account.plan,
        "organization": account.organization,
        "is_current": account.is_current,
        "overage_in_use": account.uses_overage,
        "verdict": verdict_json(account.verdict),
        "credits": [
            {"currency": one.currency, "used": one.used, "limit": one.limit, "observed_at": moment(one.observed_at)}
            for one in account.credits
        ],
        "week_surfaces": [
            {"surface": one.surface, "share_ratio": one.share, "observed_at": moment(one.observed_at)}
            for one in account.surfaces
        ],
        "window_cost": window_cost_json(account.window_cost, account.windows_left),
    }


def limit_json(limit: LimitPart, account: str) -> dict[str, Any]:
    """How much of a window is used, as a ratio, 0 to 1.01 if official. `account`: its label."""
    return {
        "account": account,
        "window": limit.window,
        "utilization_ratio": limit.utilization,
        "basis": limit.basis,
        "source": limit.source,
        "observed_at": timestamp.to_iso(limit.observed_at),
        "resets_at": moment(limit.resets_at),
        "estimated_size": _size_json(limit.size),
        "binds": limit.binds,
        "forecast": forecast_json(limit.forecast),
        "elsewhere_ratio": rounded(limit.elsewhere),
    }


def forecast_json(forecast: Forecast) -> dict[str, Any]:
    """What is said of a window, rounded to what is shown."""
    return {
        "state": forecast.state,
        "chance_ratio": rounded(forecast.chance),
        "runs_out_at": moment(forecast.runs_out_at),
        "work_left_minutes": forecast.work_left,
        "projected_ratio": rounded(forecast.projected),
    }


def verdict_json(verdict: VerdictPart) -> dict[str, Any]:
    """The verdict of an account, with its sentences. `window`: the one that binds."""
    return {
        "window": verdict.window,
        **forecast_json(verdict.forecast),
        "sentence": verdict.sentence,
        "elsewhere": verdict.elsewhere,
    }


def token_limit_json(limit: TokenLimit) -> dict[str, Any]:
    """The token limit of the running block: tokens of all types if `basis` is custom, else cost-weighted ones."""
    return {
        "tokens": limit.tokens,
        "used": limit.used,
        "basis": limit.basis,
        "estimated_size": _size_json(limit.calibration),
    }


def week_json(week: WeekPart) -> dict[str, Any]:
    """The current week. The trailing seven days have no projection."""
    projected = [use.projected_cost for use in week.families if use.projected_cost is not None]
    return {
        "start": timestamp.to_iso(week.span.start),
        "end": timestamp.to_iso(week.span.end),
        "basis": week.span.basis,
        "total_tokens": sum(use.tokens for use in week.families),
        "cost_usd": usd(sum(use.cost for use in week.families)),
        "cost_basis": COST_BASIS,
        "projected_cost_usd": None if week.span.basis == "trailing" else usd(sum(projected)),
        "families": [
            {
                "family": use.family,
                "total_tokens": use.tokens,
                "cost_usd": usd(use.cost),
                "cost_share": use.share,
                "projected_cost_usd": usd(use.projected_cost) if use.projected_cost is not None else None,
            }
            for use in week.families
        ],
    }


def month_json(month: MonthPart) -> dict[str, Any]:
    """The calendar month, projected at the pace of the last seven days."""
    return {
        "start": timestamp.to_iso(month.start),
        "end": timestamp.to_iso(month.end),
        "cost_usd": usd(month.cost),
        "cost_basis": COST_BASIS,
        "projected_cost_usd": usd(month.projected_cost),
    }


def _size_json(size: Calibration | None) -> dict[str, Any] | None:
    """A window's estimated size in cost-weighted tokens, with its quartiles."""
    if size is None:
        return None
    return {
        "weighted_tokens": weighted_tokens(size.size),
        "lower_quartile": weighted_tokens(size.low),
        "upper_quartile": weighted_tokens(size.high),
        "observations": size.observations,
    }
