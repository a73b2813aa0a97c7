"""The history of limits as JSON."""

from __future__ import annotations

from typing import Any

from exporter.domain.calendar import timestamp
from exporter.domain.usage.pricing import usd
from exporter.snapshot.limit_parts import ChangePart, HitPart, RaisePart
from exporter.snapshot.limits.limit_history import PastHit, PastLimits, PastReading, PastWindow
from exporter.snapshot.usage.usage_json import COST_BASIS


def past_json(past: PastLimits) -> dict[str, Any]:
    """Every hit, raise and change, the windows that are over, and the readings."""
    return {
        "hits": [past_hit_json(hit) for hit in past.hits],
        "raises": [raise_json(one) for one in past.raises],
        "changes": [change_json(one) for one in past.changes],
        "windows": [past_window_json(one) for one in past.windows],
        "history": [reading_json(reading) for reading in past.readings],
    }


def past_hit_json(past: PastHit) -> dict[str, Any]:
    """A hit with the usage of its block and week until then."""
    return {
        **hit_json(past.part),
        "block_tokens": past.block_tokens,
        "block_cost_usd": usd(past.block_cost),
        "week_tokens": past.week_tokens,
        "week_cost_usd": usd(past.week_cost),
        "cost_basis": COST_BASIS,
    }


def raise_json(part: RaisePart) -> dict[str, Any]:
    """A limit that was raised: its used share before and after, as ratios."""
    raised = part.raised
    return {
        "account": part.account,
        "window": raised.window,
        "at": timestamp.to_iso(raised.at),
        "resets_at": moment(raised.resets_at),
        "from_ratio": raised.before,
        "to_ratio": raised.after,
        "source": raised.source,
    }


def change_json(part: ChangePart) -> dict[str, Any]:
    """A limit whose size changed, in dollars of list price. `at`: the end of the last window before."""
    change = part.change
    return {
        "account": part.account,
        "window": part.window,
        "at": timestamp.to_iso(change.at),
        "from_usd": usd(change.before),
        "to_usd": usd(change.after),
        "cost_basis": COST_BASIS,
    }


def past_window_json(past: PastWindow) -> dict[str, Any]:
    """A window that is over: its last known share, and what was spent here until then."""
    seen = past.end.observation
    return {
        "account": past.account,
        "window": past.window,
        "start": timestamp.to_iso(past.end.start),
        "end": timestamp.to_iso(past.end.end),
        "utilization_ratio": seen.share,
        "is_reached": seen.is_hit,
        "cost_usd": usd(seen.spent),
        "cost_basis": COST_BASIS,
        "elsewhere_ratio": rounded(past.elsewhere),
    }


def reading_json(past: PastReading) -> dict[str, Any]:
    """A reading with the last time it was reported, and whether it is used."""
    reading = past.reading
    return {
        "account": past.account,
        "window": reading.window,
        "utilization_ratio": reading.utilization,
        "source": reading.source,
        "observed_at": timestamp.to_iso(reading.observed_at),
        "last_observed_at": timestamp.to_iso(past.last_at),
        "resets_at": moment(reading.resets_at),
        "used": past.used,
    }


def rounded(ratio: float | None) -> float | None:
    """To what is shown; None if unknown."""
    return round(ratio, 2) if ratio is not None else None


def hit_json(part: HitPart) -> dict[str, Any]:
    """A limit that was reached; `locked_out_seconds`: as long as requests were refused, of a running lockout up to its
    reset.
    """
    hit, locked_ms = part.hit, part.locked_ms
    return {
        "account": part.account,
        "window": hit.window,
        "at": timestamp.to_iso(hit.at),
        "resets_at": moment(hit.resets_at),
        "source": hit.source,
        "is_locked_out": part.stored.running_since is not None,
        "locked_out_seconds": locked_ms / 1000 if locked_ms is not None else None,
    }


def moment(at: int | None) -> str | None:
    """ISO 8601 UTC; None if unknown."""
    return timestamp.to_iso(at) if at is not None else None
