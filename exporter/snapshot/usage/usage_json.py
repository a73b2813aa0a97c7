"""Usage reports as JSON: tokens by type with their total, dollars by list price, times in ISO 8601 UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from exporter.domain.calendar import timestamp
from exporter.domain.planning import WEEKDAYS, UsagePlan
from exporter.domain.usage.amount import Amount, ModelAmount, NamedUsage, add_up
from exporter.domain.usage.marks import KINDS
from exporter.domain.usage.pricing import usd
from exporter.snapshot.usage.groupings import Grouped
from exporter.snapshot.usage.usage_history import BlockUsed

COST_BASIS = "list_price_estimate"


def used_json(
    items: Sequence[NamedUsage], key: str, zone: tzinfo | None, breakdown: str | None = None
) -> dict[str, Any]:
    """The usage by name, under the key `key`, and the totals; each also by `breakdown`."""
    answer = [_used_json(used, key, breakdown) for used in items]
    return _with_totals(answer, [used.amount for used in items], zone)


def grouped_json(found: Grouped, key: str, zone: tzinfo | None, breakdown: str | None = None) -> dict[str, Any]:
    """The same. For what responses ran under: `unknown_until`, the last response of which it is not known, or null."""
    answer = used_json(found.items, key, zone, breakdown)
    if not {key, breakdown}.isdisjoint(KINDS):
        until = found.unknown_until
        answer["unknown_until"] = timestamp.to_iso(until) if until is not None else None
    return answer


def _used_json(used: NamedUsage, key: str, breakdown: str | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = {key: used.name or None, **amount_json(used.amount)}
    if key == "model":
        answer["provider"] = used.provider
    else:
        answer["models"] = _models_json(used.models)
    if key == "session":
        answer["project"] = used.project
    if not used.known:
        answer["known"] = False
    if breakdown is not None:
        answer["breakdown"] = [_used_json(part, breakdown) for part in used.parts]
    return answer


def blocks_json(items: Sequence[BlockUsed], zone: tzinfo | None) -> dict[str, Any]:
    """The 5-hour blocks with their usage, and the totals."""
    answer = [
        {
            "start": timestamp.to_iso(used.block.start),
            "end": timestamp.to_iso(used.block.end),
            "basis": used.block.basis,
            "is_active": used.is_active,
            "sessions": used.sessions,
            "efficiency_score": used.efficiency,
            **amount_json(used.amount),
            "models": _models_json(used.models),
        }
        for used in items
    ]
    return _with_totals(answer, [used.amount for used in items], zone)


def plan_json(plan: UsagePlan, zone: tzinfo | None) -> dict[str, Any]:
    """The 168 hours of a week from Monday 0:00, and typical usage in a block that starts now; null if unknown."""
    covered, running = plan.covered, plan.running
    return {
        "start": timestamp.to_iso(plan.span.start),
        "end": timestamp.to_iso(plan.span.end),
        "items": [
            {
                "weekday": WEEKDAYS[number // 24],
                "hour": number % 24,
                "tokens": cell.tokens,
                "active_minutes": cell.active / timestamp.MINUTE,
                "observed_hours": cell.observed / timestamp.HOUR,
                "limit_hits": cell.limit_hits,
            }
            for number, cell in enumerate(plan.cells)
        ],
        "totals": {
            "tokens": sum(cell.tokens for cell in plan.cells),
            "active_minutes": sum(cell.active for cell in plan.cells) / timestamp.MINUTE,
            "limit_hits": sum(cell.limit_hits for cell in plan.cells),
            "block_starts": sum(plan.block_starts),
        },
        "block_starts_by_hour": plan.block_starts,
        "running_block": None
        if running is None
        else {"start": timestamp.to_iso(running.start), "end": timestamp.to_iso(running.end), "basis": running.basis},
        "block_started_now": {
            "start": timestamp.to_iso(covered.start),
            "end": timestamp.to_iso(covered.end),
            "typical_tokens": covered.tokens,
            "typical_active_minutes": None if covered.active is None else covered.active / timestamp.MINUTE,
            "share_of_week_ratio": covered.share,
        },
        "timezone": _name(zone),
    }


def _with_totals(items: list[dict[str, Any]], amounts: Sequence[Amount], zone: tzinfo | None) -> dict[str, Any]:
    return {"items": items, "totals": amount_json(add_up(amounts)), "timezone": _name(zone)}


def _models_json(models: Sequence[ModelAmount]) -> list[dict[str, Any]]:
    return [{"model": model, **amount_json(amount)} for model, amount in models]


def amount_json(amount: Amount) -> dict[str, Any]:
    return {
        "tokens": {**amount.tokens.by_type(), "total": amount.tokens.total},
        "cost_usd": usd(amount.cost),
        "cost_basis": COST_BASIS,
        "unpriced_tokens": amount.unpriced,
        "responses": amount.responses,
        "incomplete_responses": amount.incomplete,
    }


def _name(zone: tzinfo | None) -> str:
    return str(zone) if zone is not None else "local"
