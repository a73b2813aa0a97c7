"""What no transcript holds, as JSON. Costs are the client's own, less the list price of what is written."""

from __future__ import annotations

from typing import Any

from exporter.domain.usage.client_total import TYPES, SessionTotal, Unwritten, Use, UseByModel
from exporter.domain.usage.pricing import usd

COST_BASIS = "client"


def unwritten_json(found: Unwritten) -> dict[str, Any]:
    """The `unwritten` of the snapshot."""
    return {
        **_use_json(found.total),
        "models": _models_json(found.models),
        "sessions_with_total": found.with_total,
        "sessions": found.sessions,
    }


def session_total_json(found: SessionTotal) -> dict[str, Any]:
    """The `client_total` of a story."""
    return {
        "reported_cost_usd": usd(found.reported),
        "transcript_cost_usd": usd(found.held) if found.is_priced else None,
        "unwritten": _models_json(found.unwritten),
    }


def _models_json(models: UseByModel) -> list[dict[str, Any]]:
    return [{"model": model, **_use_json(use)} for model, use in models.items()]


def _use_json(use: Use) -> dict[str, Any]:
    return {
        "tokens": dict(zip(TYPES, use.tokens, strict=True)),
        "total_tokens": sum(use.tokens),
        "cost_usd": usd(use.cost or 0),
        "cost_basis": COST_BASIS,
    }
